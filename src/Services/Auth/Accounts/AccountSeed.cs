using System.Globalization;
using ChatApp.Contracts;
using ChatApp.Platform.Database;
using Npgsql;

namespace ChatApp.Auth.Accounts;

/// <summary>Accounts for demonstrations, all with one password, which is hashed once: anybody can sign in to them.</summary>
internal sealed class AccountSeed(NpgsqlDataSource db, PasswordHasher passwords) : ISeed
{
    private const string Password = "just for demonstration";

    public async Task<Holding> HoldsAsync(object first, CancellationToken ct) => Holdings.Of(
        await db.QuerySingleOrDefaultAsync<bool>("SELECT EXISTS (SELECT FROM users)", null, ct),
        first is UserRegistered user && await db.QuerySingleOrDefaultAsync<bool>("SELECT EXISTS (SELECT FROM users WHERE id = @UserId)", user, ct));

    public async Task<IReadOnlyList<string>> StoreAsync(IAsyncEnumerable<object> history, Action<string> progress, CancellationToken ct)
    {
        List<UserRegistered> users = [];
        await foreach (var told in history.WithCancellation(ct))
        {
            if (told is UserRegistered user)
                users.Add(user);
        }

        var hash = await passwords.HashAsync(Password, ct);
        await db.ExecuteAsync(
            """
            INSERT INTO users (id, email, username, password_hash, email_verified_at, created_at)
            SELECT id, email, username, @hash, at, at
            FROM unnest(@ids, @emails, @usernames, @times) AS told (id, email, username, at)
            ON CONFLICT (id) DO NOTHING
            """,
            new
            {
                hash,
                ids = users.Select(user => user.UserId).ToArray(),
                emails = users.Select(user => EmailOf(user.Username)).ToArray(),
                usernames = users.Select(user => user.Username).ToArray(),
                times = users.Select(user => user.RegisteredAt).ToArray(),
            },
            ct);
        var accounts = string.Create(CultureInfo.InvariantCulture, $"{users.Count:N0} accounts: sign in as {EmailOf(users[0].Username)} and so on, with the password \"{Password}\"");
        progress(accounts);
        return [accounts];
    }

    /// <summary>Of a domain that no letter reaches.</summary>
    private static string EmailOf(string username) => $"{username}@demo.example";
}
