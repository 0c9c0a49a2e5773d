using ChatApp.Auth.Sessions;
using ChatApp.Contracts;
using ChatApp.Platform.Database;
using ChatApp.Platform.Messaging;
using Npgsql;

namespace ChatApp.Auth.Accounts;

internal enum Registration
{
    Done,
    EmailTaken,
    UsernameTaken,
}

internal sealed class AccountStore(NpgsqlDataSource db)
{
    /// <summary>The account, its first session and the news of it, or nothing.</summary>
    public Task<Registration> RegisterAsync(Account account, string displayName, NewSession session, CancellationToken ct) =>
        db.InTransactionAsync(async tx =>
        {
            // Whoever comes second waits here for the first one's commit.
            var inserted = await tx.ExecuteAsync(
                """
                INSERT INTO users (id, email, username, password_hash, created_at)
                VALUES (@Id, @Email, @Username, @PasswordHash, @CreatedAt)
                ON CONFLICT DO NOTHING
                """,
                new { account.Id, account.Email, account.Username, account.PasswordHash, account.CreatedAt },
                ct);
            if (inserted == 0)
                return await IsEmailTakenAsync(tx, account.Email, ct) ? Registration.EmailTaken : Registration.UsernameTaken;

            await tx.StartSessionAsync(session, ct);
            await tx.EnqueueAsync(new UserRegistered(account.Id, account.Username, displayName, account.CreatedAt), account.CreatedAt, ct);
            return Registration.Done;
        }, ct);

    public Task<Account?> FindByEmailAsync(string email, CancellationToken ct) =>
        db.QuerySingleOrDefaultAsync<Account>(
            """
            SELECT id, email, username, password_hash, status, created_at
            FROM users
            WHERE lower(email) = lower(@email)
            """,
            new { email },
            ct);

    /// <summary>Does nothing when the password was changed in the meantime.</summary>
    public Task ReplaceHashAsync(Account account, string passwordHash, CancellationToken ct) =>
        db.ExecuteAsync(
            "UPDATE users SET password_hash = @after WHERE id = @Id AND password_hash = @before",
            new { account.Id, before = account.PasswordHash, after = passwordHash },
            ct);

    private static async Task<bool> IsEmailTakenAsync(NpgsqlTransaction tx, string email, CancellationToken ct) =>
        await tx.QuerySingleOrDefaultAsync<bool>("SELECT EXISTS (SELECT FROM users WHERE lower(email) = lower(@email))", new { email }, ct);
}
