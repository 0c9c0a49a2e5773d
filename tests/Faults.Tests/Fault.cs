namespace ChatApp.Faults.Tests;

/// <summary>Something that goes wrong, and is over when <paramref name="StrikeAsync"/> returns.</summary>
public sealed record Fault(string Name, Func<FaultySystem, Task> StrikeAsync)
{
    private static readonly TimeSpan Outage = TimeSpan.FromSeconds(FaultySystem.IsLong ? 5 : 2);
    private static readonly TimeSpan Freeze = TimeSpan.FromSeconds(FaultySystem.IsLong ? 10 : 3);

    /// <summary>Each strikes one part; of a service, one of its replicas. The short run leaves out those that are much like another.</summary>
    public static IReadOnlyList<Fault> All { get; } =
    [
        .. new[] { "chat", "notification", "gateway", "sidecar", "mongo", "documentdb" }.Select(Kill),
        Hold("chat"),
        Refuse("documentdb"),
        new Fault("broker down", system => system.TakeBrokerDownAsync(Outage)),
        .. FaultySystem.IsLong ? Similar : [],
    ];

    private static IReadOnlyList<Fault> Similar =>
    [
        .. new[] { "user", "auth", "postgres" }.Select(Kill),
        .. new[] { "notification", "sidecar", "mongo", "documentdb" }.Select(Hold),
        Refuse("postgres"),
    ];

    private static Fault Kill(string part) => new($"{part} killed", system => system.KillAsync(part));

    private static Fault Hold(string part) => new($"{part} held still for {Freeze.TotalSeconds} s", system => system.FreezeAsync(part, Freeze));

    private static Fault Refuse(string store) => new($"{store} refuses writes for {Outage.TotalSeconds} s", system => system.RefuseWritesAsync(store, Outage));
}
