namespace ChatApp.Platform.Tokens;

/// <summary>What issuer and checkers of access tokens agree on (RFC 9068).</summary>
public static class AccessTokens
{
    public const string Issuer = "chatapp";
    public const string Audience = "chatapp";

    /// <summary>The <c>typ</c> header, which keeps other tokens of the same keys from passing as access tokens.</summary>
    public const string TokenType = "at+jwt";

    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);
}
