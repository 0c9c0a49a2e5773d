using System.Security.Cryptography;
using System.Text.Json;

namespace ChatApp.LocalStack.Launch;

/// <summary>Passwords and tokens of one stack: made once, kept in a file that only its owner reads, told to nobody but the processes that need them.</summary>
public sealed record StackSecrets(string AppToken, string DaprToken, string KeysPassphrase, string PostgresPassword, Dictionary<string, string> RolePasswords)
{
    /// <summary>The user root of MongoDB, here and in containers.</summary>
    public const string MongoRoot = "mongo_root";

    /// <summary>Who administers what runs in containers alone: see docker-compose.yml.</summary>
    public const string GrafanaAdmin = "grafana_admin";

    /// <summary>Who sends to and reads from the stack's own telemetry.</summary>
    public const string Telemetry = "telemetry";

    public static StackSecrets LoadOrCreate(StackOptions options)
    {
        var path = Path.Combine(options.State, "secrets.json");
        var roles = ServiceDatabase.All.SelectMany(database => new[] { database.Owner, database.Role })
            .Concat(MongoServiceDatabase.All.Select(database => database.User))
            .Concat([MessageBroker.Redis, MessageBroker.RabbitMq, MongoRoot, GrafanaAdmin, Telemetry]);
        var before = File.Exists(path) ? JsonSerializer.Deserialize<StackSecrets>(File.ReadAllText(path)) : null;
        if (before is not null && roles.All(before.RolePasswords.ContainsKey))
            return before;

        var secrets = (before ?? new StackSecrets(Random(), Random(), Random(), Random(), [])) with
        {
            RolePasswords = roles.ToDictionary(role => role, role => before?.RolePasswords.GetValueOrDefault(role) ?? Random()),
        };

        // Written aside and moved: a start that is killed must not leave half a file.
        var written = path + ".new";
        using (var file = new FileStream(written, new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }))
            JsonSerializer.Serialize(file, secrets);

        File.Move(written, path, overwrite: true);
        return secrets;
    }

    private static string Random() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));
}
