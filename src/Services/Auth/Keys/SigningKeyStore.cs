using System.Text.Json;
using ChatApp.Platform.Database;
using Npgsql;

namespace ChatApp.Auth.Keys;

internal sealed class SigningKeyStore(NpgsqlDataSource db)
{
    /// <summary>The keys that sign after <paramref name="since"/>, in the order of their use.</summary>
    public async Task<IReadOnlyList<StoredKey>> ListAsync(DateTimeOffset since, CancellationToken ct) =>
    [
        .. (await db.QueryAsync<Row>(
            """
            SELECT kid, private_key, public_key::text AS public_key, not_before, retire_at, created_at
            FROM signing_keys
            WHERE retire_at > @since
            ORDER BY not_before
            """,
            new { since },
            ct)).Select(row => row.ToKey()),
    ];

    /// <summary>Does nothing when another replica was faster: no two keys may sign at one time.</summary>
    public Task AddAsync(StoredKey key, CancellationToken ct) =>
        db.ExecuteAsync(
            """
            INSERT INTO signing_keys (kid, private_key, public_key, not_before, retire_at, created_at)
            VALUES (@Kid, @PrivateKey, @publicKey::jsonb, @NotBefore, @RetireAt, @CreatedAt)
            ON CONFLICT DO NOTHING
            """,
            new
            {
                key.Kid,
                key.PrivateKey,
                publicKey = JsonSerializer.Serialize(key.PublicKey, AuthJson.Default.PublicKey),
                key.NotBefore,
                key.RetireAt,
                key.CreatedAt,
            },
            ct);

    private sealed record Row(string Kid, string PrivateKey, string PublicKey, DateTimeOffset NotBefore, DateTimeOffset RetireAt, DateTimeOffset CreatedAt)
    {
        public StoredKey ToKey() => new(
            Kid, PrivateKey, JsonSerializer.Deserialize(PublicKey, AuthJson.Default.PublicKey)!, NotBefore, RetireAt, CreatedAt);
    }
}
