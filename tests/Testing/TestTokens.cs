using System.Security.Claims;
using System.Security.Cryptography;
using ChatApp.Platform.Tokens;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace ChatApp.Testing;

/// <summary>Access tokens as auth would issue them, signed with a key of the tests'.</summary>
public static class TestTokens
{
    private static readonly ECDsaSecurityKey Key = new(ECDsa.Create(ECCurve.NamedCurves.nistP256)) { KeyId = "tests" };

    /// <summary>The public half, as auth publishes it (RFC 7517).</summary>
    public static string KeySet { get; } = WriteKeySet();

    public static string For(Guid userId, Guid? sessionId = null, TimeSpan? lifetime = null) => Forge(userId, token =>
    {
        token.Subject.RemoveClaim(token.Subject.FindFirst("sid"));
        token.Subject.AddClaim(new Claim("sid", (sessionId ?? Guid.NewGuid()).ToString()));
        token.Expires = token.IssuedAt + (lifetime ?? AccessTokens.Lifetime);
        if (token.Expires < token.IssuedAt)
            token.IssuedAt = token.NotBefore = token.Expires?.AddMinutes(-1);
    });

    /// <summary>A good token, but for what <paramref name="change"/> makes of it.</summary>
    public static string Forge(Guid userId, Action<SecurityTokenDescriptor> change)
    {
        var now = DateTime.UtcNow;
        var token = new SecurityTokenDescriptor
        {
            Issuer = AccessTokens.Issuer,
            Audience = AccessTokens.Audience,
            TokenType = AccessTokens.TokenType,
            Subject = new ClaimsIdentity(
            [
                new Claim("sub", userId.ToString()),
                new Claim("sid", Guid.NewGuid().ToString()),
                new Claim("jti", Guid.NewGuid().ToString()),
            ]),
            IssuedAt = now,
            NotBefore = now,
            Expires = now + AccessTokens.Lifetime,
            SigningCredentials = new SigningCredentials(Key, SecurityAlgorithms.EcdsaSha256),
        };
        change(token);
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(token);
    }

    private static string WriteKeySet()
    {
        var point = Key.ECDsa.ExportParameters(includePrivateParameters: false).Q;
        var (x, y) = (Base64UrlEncoder.Encode(point.X!), Base64UrlEncoder.Encode(point.Y!));
        return $$"""{"keys":[{"kty":"EC","crv":"P-256","use":"sig","alg":"ES256","kid":"{{Key.KeyId}}","x":"{{x}}","y":"{{y}}"}]}""";
    }
}
