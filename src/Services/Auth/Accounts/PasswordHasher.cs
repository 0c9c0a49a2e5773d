using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;
using NSec.Cryptography;

namespace ChatApp.Auth.Accounts;

internal enum PasswordCheck
{
    Wrong,
    Right,

    /// <summary>Right, but hashed with other parameters than today's.</summary>
    Outdated,

    /// <summary>Not checked: too many wait already.</summary>
    Busy,
}

/// <summary>argon2id, as PHC strings. Memory is bounded: only so many are hashed at once, and only so many may wait.</summary>
internal sealed partial class PasswordHasher(IOptions<PasswordOptions> options) : IDisposable
{
    private const int SaltSize = 16;
    private const int HashSize = 32;

    private readonly PasswordOptions _options = options.Value;

    // Made of a password that nobody has, for the user that nobody is.
    private readonly string _decoy = Format(
        options.Value.MemoryKibibytes, options.Value.Passes, RandomNumberGenerator.GetBytes(SaltSize), RandomNumberGenerator.GetBytes(HashSize));

    private readonly ConcurrencyLimiter _limiter = new(new ConcurrencyLimiterOptions
    {
        PermitLimit = options.Value.Concurrency,
        QueueLimit = options.Value.Queue,
    });

    /// <returns>Null when too many wait already.</returns>
    public async Task<string?> HashAsync(string password, CancellationToken ct)
    {
        using var turn = await _limiter.AcquireAsync(1, ct);
        if (!turn.IsAcquired)
            return null;

        var salt = RandomNumberGenerator.GetBytes(SaltSize);
        return Format(_options.MemoryKibibytes, _options.Passes, salt, Derive(password, salt, _options.MemoryKibibytes, _options.Passes));
    }

    /// <param name="stored">Null for a user that does not exist: it takes as long, and is wrong.</param>
    public async Task<PasswordCheck> CheckAsync(string password, string? stored, CancellationToken ct)
    {
        using var turn = await _limiter.AcquireAsync(1, ct);
        if (!turn.IsAcquired)
            return PasswordCheck.Busy;

        var parts = Phc().Match(stored ?? _decoy);
        if (!parts.Success)
            throw new FormatException("A stored password hash is not an argon2id PHC string.");

        var memory = int.Parse(parts.Groups["m"].Value, CultureInfo.InvariantCulture);
        var passes = int.Parse(parts.Groups["t"].Value, CultureInfo.InvariantCulture);
        var derived = Derive(password, Decode(parts.Groups["salt"].Value), memory, passes);

        if (!CryptographicOperations.FixedTimeEquals(derived, Decode(parts.Groups["hash"].Value)) || stored is null)
            return PasswordCheck.Wrong;

        return memory == _options.MemoryKibibytes && passes == _options.Passes ? PasswordCheck.Right : PasswordCheck.Outdated;
    }

    public void Dispose() => _limiter.Dispose();

    private static byte[] Derive(string password, byte[] salt, int memoryKibibytes, int passes) =>
        PasswordBasedKeyDerivationAlgorithm
            .Argon2id(new Argon2Parameters { DegreeOfParallelism = 1, MemorySize = memoryKibibytes, NumberOfPasses = passes })
            .DeriveBytes(Encoding.UTF8.GetBytes(password), salt, HashSize);

    private static string Format(int memoryKibibytes, int passes, byte[] salt, byte[] hash) =>
        string.Create(CultureInfo.InvariantCulture, $"$argon2id$v=19$m={memoryKibibytes},t={passes},p=1${Encode(salt)}${Encode(hash)}");

    private static string Encode(byte[] bytes) => Convert.ToBase64String(bytes).TrimEnd('=');

    private static byte[] Decode(string text) => Convert.FromBase64String(text.PadRight((text.Length + 3) / 4 * 4, '='));

    [GeneratedRegex(@"^\$argon2id\$v=19\$m=(?<m>\d+),t=(?<t>\d+),p=1\$(?<salt>[A-Za-z0-9+/]+)\$(?<hash>[A-Za-z0-9+/]+)$")]
    private static partial Regex Phc();
}
