using ChatApp.LocalStack.Launch;

namespace ChatApp.Cli;

/// <summary>PostgreSQL and MongoDB as docker-compose.yml and deploy/kubernetes/stores set them up, and what a service has to know of them.</summary>
internal static class ContainerStores
{
    /// <summary>The services that have a database.</summary>
    public static IEnumerable<string> AppIds => ServiceDatabase.All.Select(database => database.AppId).Concat(MongoServiceDatabase.All.Select(database => database.AppId));

    /// <summary>Administrators' addresses.</summary>
    public static StoreAddresses On(string postgresHost, string mongoHost, StackSecrets secrets) => new(
        $"Host={postgresHost};Port=5432;Database=postgres;Username=postgres;Password={secrets.PostgresPassword}",
        $"mongodb://root:{secrets.RolePasswords[StackSecrets.MongoRoot]}@{mongoHost}:27017/?directConnection=true&authSource=admin");

    /// <summary>The environment of a service, as far as it is of this service alone.</summary>
    public static IEnumerable<KeyValuePair<string, string>> OfService(string appId, StoreAddresses stores, StackSecrets secrets)
    {
        foreach (var variable in ServiceDatabase.All.Where(database => database.AppId == appId).SelectMany(database => database.Environment(stores.Postgres, secrets)))
            yield return variable;
        foreach (var variable in MongoServiceDatabase.All.Where(database => database.AppId == appId).SelectMany(database => database.Environment(stores.Mongo, secrets)))
            yield return variable;
        if (appId == "auth")
            yield return new("Keys__Passphrase", secrets.KeysPassphrase);
    }

    /// <summary>What PostgreSQL's container makes its roles with.</summary>
    public static IEnumerable<KeyValuePair<string, string>> PostgresPasswords(StackSecrets secrets) =>
        ServiceDatabase.All.SelectMany(database => new[] { database.Owner, database.Role }).Select(role => PasswordOf(role, secrets));

    /// <summary>What MongoDB's container makes its users with.</summary>
    public static IEnumerable<KeyValuePair<string, string>> MongoPasswords(StackSecrets secrets) =>
        MongoServiceDatabase.All.Select(database => PasswordOf(database.User, secrets));

    private static KeyValuePair<string, string> PasswordOf(string role, StackSecrets secrets) =>
        new($"{role.ToUpperInvariant()}_PASSWORD", secrets.RolePasswords[role]);
}
