using MongoDB.Bson;
using MongoDB.Driver;

namespace ChatApp.LocalStack.Launch;

/// <summary>A MongoDB database and the user with which its service runs and which can reach no other database.</summary>
public sealed record MongoServiceDatabase(string AppId)
{
    private const int NoSuchUser = 11;

    public static readonly IReadOnlyList<MongoServiceDatabase> All = [new("chat"), new("notification")];

    public string Name => $"{AppId}_db";

    public string User => $"{AppId}_service";

    /// <summary>Makes the user or sets its password; the database comes to be with what is put into it. Safe to repeat and to interrupt.</summary>
    /// <param name="administrator">A mongodb:// address. One that names no user is of somebody's own server that asks for none; the local one always does.</param>
    /// <param name="progress">Hears what was made or, in a dry run, would be.</param>
    public async Task CreateAsync(string administrator, StackSecrets secrets, CancellationToken ct, Action<string>? progress = null, bool dryRun = false)
    {
        if (new MongoUrl(administrator).Username is null)
        {
            progress?.Invoke($"user {User}: not made, since the server's address names no user");
            return;
        }

        using var client = new MongoClient(administrator);
        var database = client.GetDatabase(Name);
        if (dryRun)
        {
            progress?.Invoke($"user {User}: created, or its password set");
            return;
        }

        // It reads and writes rows, and builds collections and indexes in this database alone.
        var rest = new BsonDocument { ["pwd"] = secrets.RolePasswords[User], ["roles"] = new BsonArray { "readWrite", "dbAdmin" } };
        try
        {
            await database.RunCommandAsync<BsonDocument>(new BsonDocument("updateUser", User).Merge(rest), cancellationToken: ct);
            progress?.Invoke($"user {User}: password set");
        }
        catch (MongoCommandException exception) when (exception.Code == NoSuchUser)
        {
            await database.RunCommandAsync<BsonDocument>(new BsonDocument("createUser", User).Merge(rest), cancellationToken: ct);
            progress?.Invoke($"user {User}: created");
        }
    }

    /// <summary>The environment variable by which the service finds its database.</summary>
    public IEnumerable<KeyValuePair<string, string>> Environment(string administrator, StackSecrets secrets)
    {
        var address = new MongoUrlBuilder(administrator) { DatabaseName = Name };
        if (address.Username is not null)
            (address.Username, address.Password, address.AuthenticationSource) = (User, secrets.RolePasswords[User], Name);
        yield return new($"ConnectionStrings__{AppId}", address.ToString());
    }

    /// <summary>The database's address for the user that the server's address names.</summary>
    public string AddressFor(string administrator)
    {
        var address = new MongoUrlBuilder(administrator) { DatabaseName = Name };
        if (address.Username is not null)
            address.AuthenticationSource ??= new MongoUrl(administrator).DatabaseName ?? "admin";
        return address.ToString();
    }
}
