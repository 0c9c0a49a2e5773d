using System.ComponentModel.DataAnnotations;

namespace ChatApp.Auth.Accounts;

/// <summary>
/// The cost of a password, bound from "Passwords". The defaults are OWASP's for argon2id. A stronger setting takes effect for each user at the next log-in.
/// </summary>
internal sealed class PasswordOptions
{
    public const string Section = "Passwords";

    [Range(8 * 1024, 1024 * 1024)] public int MemoryKibibytes { get; init; } = 19 * 1024;

    [Range(1, 20)] public int Passes { get; init; } = 2;

    /// <summary>How many are hashed at once: with <see cref="MemoryKibibytes"/> it bounds the memory.</summary>
    [Range(1, 64)] public int Concurrency { get; init; } = Math.Min(Environment.ProcessorCount, 64);

    /// <summary>How many may wait for their turn; the next one is told to come back.</summary>
    [Range(0, 10_000)] public int Queue { get; init; } = 100;
}
