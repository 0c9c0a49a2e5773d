using ChatApp.LocalStack.Telemetry;

namespace ChatApp.LocalStack.Launch;

/// <summary>Where the processes of a stack send their traces and metrics: the collector that the environment names, else one of our own.</summary>
internal static class StackTelemetry
{
    public const string Part = "telemetry";

    /// <summary>The port that OTLP over HTTP has everywhere.</summary>
    private const int Port = 4318;

    /// <summary>Returns what leads a service and the sidecar there.</summary>
    public static IReadOnlyList<KeyValuePair<string, string?>> Start(StackOptions options, StackSecrets secrets, Action<Part> started)
    {
        // A collector of one's own is in the environment of every process already.
        if (Environment.GetEnvironmentVariable("OTEL_EXPORTER_OTLP_ENDPOINT") is { Length: > 0 })
            return [];

        var (port, token) = (Ports.Prefer(Port, options.FreePorts), secrets.RolePasswords[StackSecrets.Telemetry]);
        var address = $"http://127.0.0.1:{port}";
        started(Launch.Part.Start(
            Part,
            ["dotnet", options.Program, "telemetry", "--port", $"{port}"],
            options.Repository,
            [new(TelemetryProcess.TokenVariable, token)],
            Path.Combine(options.Logs, "telemetry.log"),
            address));
        return
        [
            new("OTEL_EXPORTER_OTLP_ENDPOINT", address),
            new("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
            new("OTEL_EXPORTER_OTLP_HEADERS", $"authorization=Bearer {token}"),
            // Milliseconds: somebody waits for `./chat trace` and `./chat status`.
            new("OTEL_BSP_SCHEDULE_DELAY", "500"),
            new("OTEL_METRIC_EXPORT_INTERVAL", Environment.GetEnvironmentVariable("OTEL_METRIC_EXPORT_INTERVAL") ?? "10000"),
        ];
    }
}
