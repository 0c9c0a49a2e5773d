using ChatApp.Auth.Accounts;
using ChatApp.Auth.Keys;
using ChatApp.Platform.Tokens;

namespace ChatApp.Auth.Sessions;

/// <summary>What register, log-in and refresh answer.</summary>
/// <param name="ExpiresIn">Seconds until the access token expires.</param>
/// <param name="RefreshToken">Good for one refresh, which answers the next one.</param>
internal sealed record SignedIn(
    Guid UserId, string Username, Guid SessionId, string AccessToken, string TokenType, int ExpiresIn, string RefreshToken);

/// <summary>Makes what a session begins with, and what keeps it going.</summary>
internal sealed class SessionOpener(AccessTokenIssuer tokens, TimeProvider time)
{
    /// <summary>The session to store, and the answer for when it is.</summary>
    public (NewSession Session, SignedIn SignedIn) Open(Account account, Device device)
    {
        var session = new NewSession(account.Id, Guid.CreateVersion7(), RefreshToken.Random(), device, time.GetUtcNow());
        return (session, SignIn(account.Id, account.Username, session.SessionId, session.Token));
    }

    public SignedIn SignIn(Guid userId, string username, Guid sessionId, RefreshToken refreshToken) => new(
        userId, username, sessionId, tokens.Issue(userId, sessionId), "Bearer", (int)AccessTokens.Lifetime.TotalSeconds, refreshToken.Reveal());
}
