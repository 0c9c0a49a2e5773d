using System.Net.Sockets;
using System.Text.Json;

namespace ChatApp.LocalStack.Launch;

/// <summary>Whether one part of a running stack works.</summary>
/// <param name="Problem">Null when it does.</param>
public sealed record PartHealth(string Name, int Pid, string? Address, string? Problem);

/// <summary>Asks every part of a running stack how it is: processes, services, their sidecars, stores.</summary>
public static class SystemHealth
{
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(2) };

    public static async Task<IReadOnlyList<PartHealth>> AskAsync(StackOptions options, RunState state, CancellationToken ct)
    {
        var parts = state.Parts.Select(async part => new PartHealth(part.Name, part.Pid, part.Address, await ProblemOfAsync(part, ct)));
        var sidecar = state.Parts.FirstOrDefault(part => part.Name == "sidecar");
        var sidecars = (sidecar is null ? [] : SidecarsOf(options)).Select(async app =>
        {
            var address = $"http://127.0.0.1:{app.HttpPort}";
            return new PartHealth($"sidecar of {app.Name}", sidecar!.Pid, address, await AnswerAsync($"{address}/v1.0/healthz", ct));
        });
        return [.. await Task.WhenAll(parts.Concat(sidecars))];
    }

    private static async Task<string?> ProblemOfAsync(Part part, CancellationToken ct)
    {
        if (!part.IsRunning)
            return $"it ended: {part.LastWords()}";
        if (part.Address is not { } address || part.Name == StackTelemetry.Part)
            return null;
        if (address.StartsWith("http://", StringComparison.Ordinal))
            return await AnswerAsync($"{address}/health/ready", ct);

        // Stores: whether they work for a service is what its health says.
        var port = new Uri(address.Contains("://", StringComparison.Ordinal) ? address : $"tcp://{address}").Port;
        return await Ports.AnswersAsync(port) ? null : $"nobody listens on port {port}";
    }

    private static async Task<string?> AnswerAsync(string address, CancellationToken ct)
    {
        try
        {
            using var answer = await Http.GetAsync(address, ct);
            return answer.IsSuccessStatusCode ? null : $"it answers {(int)answer.StatusCode}";
        }
        catch (Exception exception) when (exception is HttpRequestException or SocketException or TaskCanceledException && !ct.IsCancellationRequested)
        {
            return exception is TaskCanceledException ? "it does not answer within 2 s" : exception.Message;
        }
    }

    /// <summary>The apps' names and their sidecars' ports, from the file that the sidecar was started with.</summary>
    private static IEnumerable<(string Name, int HttpPort)> SidecarsOf(StackOptions options)
    {
        var file = JsonSerializer.Deserialize<JsonElement>(File.ReadAllBytes(Path.Combine(options.State, "sidecar.json")));
        var seen = new Dictionary<string, int>();
        foreach (var app in file.GetProperty("apps").EnumerateArray())
        {
            var id = app.GetProperty("appId").GetString()!;
            var replica = seen[id] = seen.GetValueOrDefault(id) + 1;
            yield return (RunFileApp.NameOf(id, replica), app.GetProperty("httpPort").GetInt32());
        }
    }
}
