using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Caching.Memory;

namespace ChatApp.Platform.Tokens;

/// <summary>
/// Access tokens that were verified in the last minute, so that a request need not verify its caller's again. Bounded, and keyed by the token's SHA-256: of a
/// token only its claims stay in memory.
/// </summary>
internal sealed class VerifiedTokens : IDisposable
{
    private const int Capacity = 10_000;

    /// <summary>A signing key that is withdrawn is good for no longer than this.</summary>
    private static readonly TimeSpan LongestKept = TimeSpan.FromMinutes(1);

    private readonly MemoryCache _principals = new(new MemoryCacheOptions { SizeLimit = Capacity });

    public ClaimsPrincipal? Find(string token) => _principals.Get<ClaimsPrincipal>(KeyOf(token));

    /// <param name="token">As it was sent.</param>
    /// <param name="principal">Who it says calls.</param>
    /// <param name="validTo">When it expires.</param>
    public void Add(string token, ClaimsPrincipal principal, DateTimeOffset validTo)
    {
        var now = DateTimeOffset.UtcNow;
        if (validTo <= now)
            return;

        var until = validTo < now + LongestKept ? validTo : now + LongestKept;
        // A copy: the identity that was verified refers to its token.
        var verified = new ClaimsPrincipal(principal.Identities.Select(identity => new ClaimsIdentity(identity.Claims, identity.AuthenticationType)));
        _principals.Set(KeyOf(token), verified, new MemoryCacheEntryOptions { AbsoluteExpiration = until, Size = 1 });
    }

    public void Dispose() => _principals.Dispose();

    private static string KeyOf(string token) => Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(token)));
}
