using System.Text.Json;
using ChatApp.LocalStack.Sidecar.Resources;
using Microsoft.Extensions.Logging;

namespace ChatApp.LocalStack.Sidecar;

/// <summary>One process that stands in for the Dapr sidecars of all apps on a machine.</summary>
internal static class SidecarProcess
{
    public static async Task<int> RunAsync(string[] args)
    {
        if (args is not ["--file", var path])
        {
            await Console.Error.WriteLineAsync("usage: sidecar --file path-of-a-json-file");
            return 2;
        }

        using var logs = LoggerFactory.Create(logging => logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "HH:mm:ss.fff ";
        }));

        try
        {
            await using var host = await SidecarHost.StartAsync(SidecarOptions.Read(path), logs.CreateLogger("sidecar"));
            await using var telemetry = SidecarTelemetry.Start(host.Sidecars);
            Describe(host);

            using var stopped = new CancellationTokenSource();
            var allStopped = host.WhenAllStoppedAsync().ContinueWith(_ => stopped.Cancel(), TaskScheduler.Default);
            await StopSignal.WaitAsync(stopped.Token);
            return 0;
        }
        catch (Exception e) when (e is ResourceException or JsonException or IOException)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 1;
        }
    }

    private static void Describe(SidecarHost host)
    {
        foreach (var notice in host.Notices)
            Console.WriteLine(notice);

        foreach (var sidecar in host.Sidecars)
            Console.WriteLine($"Sidecar of {sidecar.AppId}: http {sidecar.HttpPort}, grpc {sidecar.GrpcPort}");
    }
}
