using System.Net;
using System.Text.Json;

namespace ChatApp.LocalStack.Launch;

/// <summary>
/// The whole system on one machine: what <c>dapr.yaml</c> lists, and a stand-in for each part that the machine lacks. Every part is a process of its own that
/// outlives this object; <see cref="RunState"/> finds them again.
/// </summary>
public sealed class RunningSystem
{
    /// <summary>Milliseconds.</summary>
    private const int MockSessionTimeout = 3000;

    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(2) };
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(15);

    private readonly StackOptions _options;
    private readonly Action<string> _progress;
    private readonly RunFile _file;
    private readonly StackSecrets _secrets;
    private readonly List<Part> _parts = [];

    private IReadOnlyList<RunFileApp> _apps = [];
    private IReadOnlyList<KeyValuePair<string, string?>> _telemetry = [];
    private string _postgres = "";
    private string _mongo = "";

    private RunningSystem(StackOptions options, Action<string> progress)
    {
        _options = options;
        _progress = progress;
        _file = RunFile.Read(options.Repository);
        if (options.Broker is { } broker)
            _file = _file.With(broker);
        Directory.CreateDirectory(options.Logs);
        _secrets = StackSecrets.LoadOrCreate(options);
    }

    /// <summary>The public API's address.</summary>
    public Uri Gateway => Gateways[0];

    public IReadOnlyList<Part> Parts => _parts;

    /// <summary>The gateway's replicas.</summary>
    public IReadOnlyList<Uri> Gateways => [.. _apps.Where(app => app.AppId == "gateway").Select(app => new Uri($"http://127.0.0.1:{app.AppPort}"))];

    /// <summary>MongoDB's address for an administrator.</summary>
    public string Mongo => _mongo;

    /// <summary>The names of the services' processes.</summary>
    public IReadOnlyList<string> Services => [.. _apps.Select(app => app.Name)];

    /// <summary>Starts everything and returns when every service answers and every subscription has its partitions.</summary>
    /// <exception cref="LaunchException">Something is missing, taken or broken; nothing is left running.</exception>
    public static async Task<RunningSystem> StartAsync(StackOptions options, Action<string> progress, CancellationToken ct)
    {
        if (RunState.Load(options) is { } before)
        {
            if (before.Parts.All(part => part.IsRunning))
                throw new LaunchException($"it runs already, at {before.Gateway}: `./chat down` stops it.");

            await before.StopAsync(options, progress);
        }

        var system = new RunningSystem(options, progress);
        try
        {
            await system.StartAsync(ct);
            return system;
        }
        catch
        {
            await system.StopAsync();
            throw;
        }
    }

    public Task StopAsync() => new RunState("", _parts).StopAsync(_options, _progress);

    public Part Find(string name) => _parts.Find(part => part.Name == name) ?? throw new ArgumentException($"There is no part {name}.", nameof(name));

    /// <summary>Ends a part at once or politely, and starts it again as it was. Returns when all of the system that it serves is ready.</summary>
    public async Task RestartAsync(string name, bool kill, CancellationToken ct)
    {
        var part = Find(name);
        await (kill ? part.KillAsync() : part.StopAsync(StopPatience));
        await StartAgainAsync([name], ct);
    }

    /// <summary>Starts parts that have ended. Returns when all of the system that they serve and that runs is ready.</summary>
    public async Task StartAgainAsync(IReadOnlyList<string> names, CancellationToken ct)
    {
        foreach (var part in names.Select(Find))
            _parts[_parts.IndexOf(part)] = await part.StartAgain!(ct);
        Save();

        var all = names.Any(name => !Services.Contains(name));
        await Task.WhenAll(_apps.Where(app => names.Contains(app.Name) || (all && Find(app.Name).IsRunning)).Select(app => WaitForAppAsync(app, ct)));
    }

    /// <summary>Ends every part at once (SIGKILL), stores and broker too, as a power cut would.</summary>
    public Task KillAsync() => Task.WhenAll(_parts.Select(part => part.KillAsync()));

    /// <summary>A part that has ended though nobody stopped it.</summary>
    public Part? FindEnded() => _parts.Find(part => !part.IsRunning);

    private async Task StartAsync(CancellationToken ct)
    {
        _apps = [.. _file.Apps.SelectMany(app => Enumerable.Range(1, _options.Replicas).Select(replica => WithPorts(app with { Replica = replica })))];
        _telemetry = StackTelemetry.Start(_options, _secrets, Add);
        var broker = new MessageBroker(_options.Broker ?? _file.Broker, _options, _secrets, Add, _progress).StartAsync(ct);
        await Task.WhenAll(StartStoresAsync(ct), broker);

        _progress("starting the sidecar and the services");
        StartSidecar(await broker, mockCluster: _parts.Exists(part => part.Name == "broker"));
        foreach (var app in _apps)
            StartApp(app);
        Save();

        await Task.WhenAll(_apps.Select(app => WaitForAppAsync(app, ct)));
    }

    private RunFileApp WithPorts(RunFileApp app)
    {
        var anyFree = _options.FreePorts || app.Replica > 1;
        return app with
        {
            AppPort = Ports.Require(app.AppPort, app.AppId, anyFree),
            DaprHttpPort = Ports.Require(app.DaprHttpPort, $"{app.AppId}'s sidecar", anyFree),
            DaprGrpcPort = Ports.Require(app.DaprGrpcPort, $"{app.AppId}'s sidecar", anyFree),
        };
    }

    private async Task StartStoresAsync(CancellationToken ct)
    {
        var stores = await Stores.StartAsync(_options, Add, _progress, ct);
        (_postgres, _mongo) = (stores.Postgres, stores.Mongo);
        foreach (var database in ServiceDatabase.All)
            await database.CreateAsync(_postgres, _secrets, ct);
        foreach (var database in MongoServiceDatabase.All)
            await database.CreateAsync(_mongo, _secrets, ct);
    }

    private void StartSidecar(IReadOnlyList<KeyValuePair<string, string?>> broker, bool mockCluster)
    {
        var file = Path.Combine(_options.State, "sidecar.json");
        File.WriteAllText(file, JsonSerializer.Serialize(new
        {
            apps = _apps.Select(app => new { appId = app.AppId, appPort = app.AppPort, httpPort = app.DaprHttpPort, grpcPort = app.DaprGrpcPort }),
            resourcesPaths = _file.ResourcePaths,
            configFile = _file.ConfigurationPath,
            duplicateShare = _options.DuplicateShare,
            lateShare = _options.LateShare,
            // The mock cluster waits out a lost member's session before the others go on.
            sessionTimeoutMs = mockCluster ? MockSessionTimeout : (int?)null,
        }));
        Add(Part.Start(
            "sidecar",
            ["dotnet", _options.Program, "sidecar", "--file", file],
            _options.Repository,
            [.. Tokens, .. broker, .. _telemetry],
            Path.Combine(_options.Logs, "sidecar.log"),
            address: null));
    }

    private IReadOnlyList<KeyValuePair<string, string?>> Tokens => [new("APP_API_TOKEN", _secrets.AppToken), new("DAPR_API_TOKEN", _secrets.DaprToken)];

    private void StartApp(RunFileApp app) => Add(Part.Start(
        app.Name,
        app.Command,
        app.Directory,
        EnvironmentOf(app),
        Path.Combine(_options.Logs, $"{app.Name}.log"),
        $"http://127.0.0.1:{app.AppPort}"));

    /// <summary>What <c>dapr run -f .</c> gives an app, and of the secrets only the app's own.</summary>
    private IEnumerable<KeyValuePair<string, string?>> EnvironmentOf(RunFileApp app)
    {
        yield return new("CHATAPP_POSTGRES", null);
        yield return new("CHATAPP_MONGO", null);
        yield return new("APP_ID", app.AppId);
        yield return new("APP_PORT", $"{app.AppPort}");
        yield return new("APP_CHANNEL_ADDRESS", "127.0.0.1");
        yield return new("APP_PROTOCOL", "http");
        yield return new("DAPR_HTTP_PORT", $"{app.DaprHttpPort}");
        yield return new("DAPR_GRPC_PORT", $"{app.DaprGrpcPort}");
        foreach (var (key, value) in app.Environment)
            yield return new(key, value);
        foreach (var token in Tokens)
            yield return token;
        foreach (var variable in _telemetry)
            yield return variable;
        foreach (var (key, value) in ServiceDatabase.All.Where(database => database.AppId == app.AppId).SelectMany(database => database.Environment(_postgres, _secrets)))
            yield return new(key, value);
        foreach (var (key, value) in MongoServiceDatabase.All.Where(database => database.AppId == app.AppId).SelectMany(database => database.Environment(_mongo, _secrets)))
            yield return new(key, value);
        if (app.AppId == "auth")
            yield return new("Keys__Passphrase", _secrets.KeysPassphrase);
    }

    private async Task WaitForAppAsync(RunFileApp app, CancellationToken ct)
    {
        await Find(app.Name).WaitUntilAsync(() => AnswersAsync($"http://127.0.0.1:{app.AppPort}/health/ready", ct), StartLimit, ct);
        // The sidecar is healthy when every subscription of the app has its partitions: before that a live stream would miss events.
        await Find("sidecar").WaitUntilAsync(() => AnswersAsync($"http://127.0.0.1:{app.DaprHttpPort}/v1.0/healthz", ct), StartLimit, ct);
        _progress($"{app.Name} is ready");
    }

    private static async Task<bool> AnswersAsync(string address, CancellationToken ct)
    {
        try
        {
            using var answer = await Http.GetAsync(address, ct);
            return answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.NoContent;
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException && !ct.IsCancellationRequested)
        {
            return false;
        }
    }

    // Stores and the broker start side by side.
    private void Add(Part part)
    {
        lock (_parts)
        {
            _parts.Add(part);
            Save();
        }
    }

    private void Save() => new RunState(_apps.Count == 0 ? "" : Gateway.ToString(), [.. _parts]).Save(_options);
}
