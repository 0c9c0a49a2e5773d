using ChatApp.LocalStack.Telemetry;

namespace ChatApp.Cli.Watching;

/// <summary>What waits at one service; null where the service has no such thing, or has not said yet.</summary>
/// <param name="Outbox">Events that wait for the broker.</param>
/// <param name="OldestSeconds">Since when the oldest of them does.</param>
/// <param name="Lag">Events that the broker has for it.</param>
/// <param name="AgeSeconds">How old events were when it had handled them, on average since it started.</param>
/// <param name="Streams">Open live streams.</param>
internal sealed record Backlog(string Service, double? Outbox, double? OldestSeconds, double? Lag, double? AgeSeconds, double? DeadLetters, double? Streams)
{
    public static IReadOnlyList<Backlog> Of(IReadOnlyList<Measured> measurements)
    {
        var services = measurements.Where(measured => measured.Service != "sidecar").ToLookup(measured => measured.Service);
        return [.. services.OrderBy(service => service.Key, StringComparer.Ordinal).Select(service => Of(service.Key, service, measurements))];
    }

    private static Backlog Of(string name, IEnumerable<Measured> service, IReadOnlyList<Measured> all)
    {
        var byMetric = service.ToLookup(measured => measured.Name);
        var ages = byMetric["chatapp.events.age"].ToList();
        var handled = ages.Sum(age => (double)(age.Count ?? 0));
        var lag = all.Where(measured => measured.Name == "chatapp.sidecar.waiting" && measured.Attributes.GetValueOrDefault("dapr.app_id") == name).ToList();
        return new Backlog(
            name,
            Greatest("chatapp.outbox.waiting"),
            Greatest("chatapp.outbox.oldest.age"),
            lag.Count > 0 ? lag.Sum(measured => measured.Value) : null,
            handled > 0 ? ages.Sum(age => age.Value) / handled : null,
            Greatest("chatapp.deadletters.waiting"),
            byMetric["chatapp.streams.open"].ToList() is { Count: > 0 } streams ? streams.Sum(stream => stream.Value) : null);

        // Replicas count the same database.
        double? Greatest(string metric) => byMetric[metric].Select(measured => (double?)measured.Value).Max();
    }
}
