using System.CommandLine;
using ChatApp.LocalStack.Launch;

namespace ChatApp.Cli;

/// <summary>
/// <c>chat env</c>: what <c>docker compose</c> and <c>dapr run -f .</c> need in their environment, with passwords and tokens made for this checkout.
/// <c>dapr run</c> gives a run file's <c>env</c> to the app alone, so the sidecar's tokens have to come from the shell.
/// </summary>
internal static class EnvCommand
{
    private const string PostgresServer = "Host=127.0.0.1;Port=5432;Database=postgres;Username=postgres;Password=";
    private const string MongoServer = "mongodb://127.0.0.1:27017/?replicaSet=rs0";

    public static Command Create(StackOptions options)
    {
        var command = new Command("env", "Print the environment for Docker Compose and `dapr run -f .`, as a .env file.");
        command.SetAction(_ =>
        {
            Directory.CreateDirectory(options.State);
            foreach (var (name, value) in Variables(StackSecrets.LoadOrCreate(options)))
                Console.WriteLine($"{name}='{value}'");
        });
        return command;
    }

    private static IEnumerable<KeyValuePair<string, string>> Variables(StackSecrets secrets)
    {
        var administrator = PostgresServer + secrets.PostgresPassword;
        yield return new("POSTGRES_PASSWORD", secrets.PostgresPassword);
        yield return new("CHATAPP_POSTGRES", administrator);
        yield return new("KAFKA_BROKERS", "127.0.0.1:9092");
        yield return new("REDIS_HOST", "127.0.0.1:6379");
        yield return new("REDIS_PASSWORD", secrets.RolePasswords[MessageBroker.Redis]);
        yield return new("RABBITMQ_PASSWORD", secrets.RolePasswords[MessageBroker.RabbitMq]);
        yield return new("RABBITMQ_URL", $"amqp://chatapp:{secrets.RolePasswords[MessageBroker.RabbitMq]}@127.0.0.1:5672/");
        yield return new("APP_API_TOKEN", secrets.AppToken);
        yield return new("DAPR_API_TOKEN", secrets.DaprToken);
        yield return new("Keys__Passphrase", secrets.KeysPassphrase);
        foreach (var variable in ServiceDatabase.All.SelectMany(database => database.Environment(administrator, secrets)))
            yield return variable;
        foreach (var variable in MongoServiceDatabase.All.SelectMany(database => database.Environment(MongoServer, secrets)))
            yield return variable;
    }
}
