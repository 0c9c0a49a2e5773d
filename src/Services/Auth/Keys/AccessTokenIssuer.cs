using System.Security.Claims;
using ChatApp.Platform.Tokens;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace ChatApp.Auth.Keys;

internal sealed class AccessTokenIssuer(KeyRing keys, TimeProvider time)
{
    private readonly JsonWebTokenHandler _handler = new() { SetDefaultTimesOnTokenCreation = false };

    public string Issue(Guid userId, Guid sessionId)
    {
        var now = time.GetUtcNow().UtcDateTime;
        return _handler.CreateToken(new SecurityTokenDescriptor
        {
            TokenType = AccessTokens.TokenType,
            Issuer = AccessTokens.Issuer,
            Audience = AccessTokens.Audience,
            Subject = new ClaimsIdentity(
            [
                new Claim("sub", userId.ToString()),
                new Claim("sid", sessionId.ToString()),
                new Claim("jti", Guid.NewGuid().ToString("N")),
            ]),
            IssuedAt = now,
            Expires = now + AccessTokens.Lifetime,
            SigningCredentials = keys.Current,
        });
    }
}
