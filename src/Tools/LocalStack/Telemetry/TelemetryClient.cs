using System.Net.Http.Headers;
using System.Net.Http.Json;
using ChatApp.LocalStack.Launch;

namespace ChatApp.LocalStack.Telemetry;

/// <summary>Reads what a running stack's telemetry has gathered.</summary>
public sealed class TelemetryClient : IDisposable
{
    private readonly HttpClient _http;

    private TelemetryClient(HttpClient http) => _http = http;

    /// <summary>Null where the stack does not run, or sends its telemetry to a collector of one's own.</summary>
    public static TelemetryClient? Find(StackOptions options) =>
        RunState.Load(options)?.Parts.FirstOrDefault(part => part.Name == StackTelemetry.Part) is { Address: { } address }
            ? new TelemetryClient(new HttpClient
            {
                BaseAddress = new Uri(address),
                Timeout = TimeSpan.FromSeconds(5),
                DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", StackSecrets.LoadOrCreate(options).RolePasswords[StackSecrets.Telemetry]) },
            })
            : null;

    /// <summary>The newest trace with this id, or with a span that has this value in an attribute; ordered by start, empty when there is none.</summary>
    /// <exception cref="HttpRequestException">It does not answer.</exception>
    public async Task<IReadOnlyList<Span>> TraceAsync(string id, CancellationToken ct) =>
        await _http.GetFromJsonAsync<List<Span>>($"/traces/{Uri.EscapeDataString(id)}", ct) ?? [];

    /// <summary>The last value of each metric of each process.</summary>
    /// <exception cref="HttpRequestException">It does not answer.</exception>
    public async Task<IReadOnlyList<Measured>> MeasurementsAsync(CancellationToken ct) => await _http.GetFromJsonAsync<List<Measured>>("/metrics", ct) ?? [];

    public void Dispose() => _http.Dispose();
}
