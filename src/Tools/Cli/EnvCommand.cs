using System.CommandLine;
using ChatApp.LocalStack.Launch;

namespace ChatApp.Cli;

/// <summary>
/// <c>chat env</c>: what <c>docker compose</c> and <c>dapr run -f .</c> need in their environment, with passwords and tokens made for this checkout.
/// <c>dapr run</c> gives a run file's <c>env</c> to the app alone, so the sidecar's tokens have to come from the shell.
/// <c>chat env --kubernetes</c>: the same secrets as files, one for each Secret of the local overlay.
/// </summary>
internal static class EnvCommand
{
    private const string SecretsFolder = "deploy/kubernetes/overlays/local/secrets";

    public static Command Create(StackOptions options)
    {
        var kubernetes = new Option<bool>("--kubernetes") { Description = $"Write the secrets of the local overlay into {SecretsFolder} instead." };
        var command = new Command("env", "Print the environment for Docker Compose and `dapr run -f .`, as a .env file.") { kubernetes };
        command.SetAction(arguments =>
        {
            Directory.CreateDirectory(options.State);
            var secrets = StackSecrets.LoadOrCreate(options);
            if (arguments.GetValue(kubernetes))
                WriteSecrets(Path.Combine(options.Repository, SecretsFolder), secrets);
            else
                Print(secrets);
        });
        return command;
    }

    private static void Print(StackSecrets secrets)
    {
        var stores = ContainerStores.On("127.0.0.1", "127.0.0.1", secrets);
        IEnumerable<KeyValuePair<string, string>> variables =
        [
            new("POSTGRES_PASSWORD", secrets.PostgresPassword),
            new("MONGO_PASSWORD", secrets.RolePasswords[StackSecrets.MongoRoot]),
            new("GRAFANA_PASSWORD", secrets.RolePasswords[StackSecrets.GrafanaAdmin]),
            .. ContainerStores.PostgresPasswords(secrets),
            .. ContainerStores.MongoPasswords(secrets),
            new("CHATAPP_POSTGRES", stores.Postgres),
            new("CHATAPP_MONGO", stores.Mongo),
            new("KAFKA_BROKERS", "127.0.0.1:9092"),
            new("REDIS_HOST", "127.0.0.1:6379"),
            new("REDIS_PASSWORD", secrets.RolePasswords[MessageBroker.Redis]),
            new("RABBITMQ_PASSWORD", secrets.RolePasswords[MessageBroker.RabbitMq]),
            new("RABBITMQ_URL", $"amqp://chatapp:{secrets.RolePasswords[MessageBroker.RabbitMq]}@127.0.0.1:5672/"),
            new("APP_API_TOKEN", secrets.AppToken),
            new("DAPR_API_TOKEN", secrets.DaprToken),
            new("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4317"),
            new("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
            new("OTEL_EXPORTER_OTLP_INSECURE", "true"),
            .. ContainerStores.AppIds.SelectMany(app => ContainerStores.OfService(app, stores, secrets)),
        ];
        foreach (var (name, value) in variables)
            Console.WriteLine($"{name}='{value}'");
    }

    private static void WriteSecrets(string folder, StackSecrets secrets)
    {
        var stores = ContainerStores.On("postgres", "mongo", secrets);
        Directory.CreateDirectory(folder);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        foreach (var app in ContainerStores.AppIds)
            Write(app, ContainerStores.OfService(app, stores, secrets));
        Write("app-api-token", [new("token", secrets.AppToken)]);
        Write("dapr-api-token", [new("token", secrets.DaprToken)]);
        Write("postgres", [new("POSTGRES_PASSWORD", secrets.PostgresPassword), .. ContainerStores.PostgresPasswords(secrets)]);
        Write("mongo", [new("MONGO_INITDB_ROOT_PASSWORD", secrets.RolePasswords[StackSecrets.MongoRoot]), .. ContainerStores.MongoPasswords(secrets)]);
        Say.Done($"{folder} has the secrets of the local overlay");

        // Without quotes: kustomize takes a line's value as it stands.
        void Write(string name, IEnumerable<KeyValuePair<string, string>> variables) => File.WriteAllLines(
            Path.Combine(folder, $"{name}.env"), variables.Select(variable => $"{variable.Key}={variable.Value}"));
    }
}
