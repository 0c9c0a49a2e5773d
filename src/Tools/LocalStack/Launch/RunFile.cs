using YamlDotNet.Core;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace ChatApp.LocalStack.Launch;

/// <summary>One app of the run file, its paths absolute.</summary>
public sealed record RunFileApp(
    string AppId,
    string Directory,
    int AppPort,
    int DaprHttpPort,
    int DaprGrpcPort,
    IReadOnlyList<string> Command,
    IReadOnlyDictionary<string, string> Environment)
{
    /// <summary>Which replica of the app it is, from 1 on.</summary>
    public int Replica { get; init; } = 1;

    /// <summary>The name of its process: the app id, and for further replicas their number behind it.</summary>
    public string Name => NameOf(AppId, Replica);

    public static string NameOf(string appId, int replica) => replica == 1 ? appId : $"{appId}-{replica}";
}

/// <summary>
/// <c>dapr.yaml</c>, the one list of what runs, as <c>dapr run -f .</c> reads it
/// (<see href="https://docs.dapr.io/developing-applications/local-development/multi-app-dapr-run/multi-app-template/"/>). That reader ignores a key that it does
/// not know; this one refuses it.
/// </summary>
public sealed record RunFile(IReadOnlyList<RunFileApp> Apps, IReadOnlyList<string> ResourcePaths, string? ConfigurationPath)
{
    /// <summary>The broker whose components the file names.</summary>
    /// <exception cref="LaunchException">It names none, or several.</exception>
    public string Broker => ResourcePaths.Select(Path.GetFileName).Where(MessageBroker.Names.Contains).ToList() is [{ } broker]
        ? broker
        : throw new LaunchException($"dapr.yaml has to name one of components/{string.Join(", components/", MessageBroker.Names)} in resourcesPaths.");

    /// <summary>The same apps with the components of another broker, which are in a folder beside.</summary>
    public RunFile With(string broker) => this with
    {
        ResourcePaths = [.. ResourcePaths.Select(path => Path.GetFileName(path) == Broker ? Path.Combine(Path.GetDirectoryName(path)!, broker) : path)],
    };

    /// <exception cref="LaunchException">The file is missing or has a key that can't be honoured.</exception>
    public static RunFile Read(string repository)
    {
        var path = Path.Combine(repository, "dapr.yaml");
        try
        {
            var document = new DeserializerBuilder()
                .WithNamingConvention(NullNamingConvention.Instance)
                .Build()
                .Deserialize<Document>(File.ReadAllText(path));
            return new RunFile(
                [.. document.apps.Select(app => Resolve(app, document.common, repository))],
                [.. document.common.resourcesPaths.Select(resources => Path.GetFullPath(resources, repository))],
                document.common.configFilePath is { } file ? Path.GetFullPath(file, repository) : null);
        }
        catch (Exception exception) when (exception is IOException or YamlException)
        {
            throw new LaunchException($"{path} can't be read: {exception.InnerException?.Message ?? exception.Message}", exception);
        }
    }

    private static RunFileApp Resolve(App app, Common common, string repository)
    {
        var environment = new Dictionary<string, string>(common.env);
        foreach (var (name, value) in app.env)
            environment[name] = value;

        return new RunFileApp(
            app.appID,
            Path.GetFullPath(app.appDirPath, repository),
            app.appPort,
            app.daprHTTPPort,
            app.daprGRPCPort,
            app.command,
            environment);
    }

    // The names are the file's own.
#pragma warning disable IDE1006, CA1812
    private sealed class Document
    {
        public int version { get; set; }
        public string name { get; set; } = "";
        public Common common { get; set; } = new();
        public List<App> apps { get; set; } = [];
    }

    private sealed class Common
    {
        public List<string> resourcesPaths { get; set; } = [];
        public string? configFilePath { get; set; }
        public Dictionary<string, string> env { get; set; } = [];

        // Of daprd alone: here logs are files under .local/logs, the sidecar listens on loopback only, and it goes on trying while an app does not answer.
        public string appLogDestination { get; set; } = "";
        public string daprdLogDestination { get; set; } = "";
        public string logLevel { get; set; } = "";
        public string apiListenAddresses { get; set; } = "";
        public bool enableAppHealthCheck { get; set; }
        public string appHealthCheckPath { get; set; } = "";
        public int appHealthProbeInterval { get; set; }
        public int appHealthProbeTimeout { get; set; }
        public int appHealthThreshold { get; set; }
    }

    private sealed class App
    {
        public string appID { get; set; } = "";
        public string appDirPath { get; set; } = "";
        public int appPort { get; set; }
        public int daprHTTPPort { get; set; }
        public int daprGRPCPort { get; set; }
        public List<string> command { get; set; } = [];
        public Dictionary<string, string> env { get; set; } = [];
    }
#pragma warning restore IDE1006, CA1812
}
