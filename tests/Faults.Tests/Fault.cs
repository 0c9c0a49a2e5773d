using ChatApp.Faults.Tests.Load;

namespace ChatApp.Faults.Tests;

/// <summary>Something that goes wrong, and is over when <paramref name="StrikeAsync"/> returns.</summary>
public sealed record Fault(string Name, Func<FaultySystem, Crowd, Task> StrikeAsync)
{
    private static readonly TimeSpan Outage = TimeSpan.FromSeconds(FaultySystem.IsLong ? 5 : 2);
    private static readonly TimeSpan Freeze = TimeSpan.FromSeconds(FaultySystem.IsLong ? 10 : 3);

    /// <summary>Each strikes one part; of a service, one of its replicas. The short run leaves out those that are much like another.</summary>
    public static IReadOnlyList<Fault> All { get; } =
    [
        .. new[] { "chat", "notification", "gateway", "sidecar", "mongo", "documentdb" }.Select(Kill),
        Hold("chat"),
        Refuse("documentdb"),
        new Fault("broker down", (system, _) => system.TakeBrokerDownAsync(Outage)),
        .. FaultySystem.IsLong ? Similar : [],
    ];

    private static IReadOnlyList<Fault> Similar =>
    [
        .. new[] { "user", "auth", "postgres" }.Select(Kill),
        .. new[] { "notification", "sidecar", "mongo", "documentdb" }.Select(Hold),
        Refuse("postgres"),
        new Fault("a reader stands still in a flood", (system, crowd) => crowd.OutpaceAReaderAsync(system.Running.Gateway, TestContext.Current.CancellationToken)),
    ];

    private static Fault Kill(string part) => new($"{part} killed", (system, _) => system.KillAsync(part));

    private static Fault Hold(string part) => new($"{part} held still for {Freeze.TotalSeconds} s", (system, _) => system.FreezeAsync(part, Freeze));

    private static Fault Refuse(string store) => new($"{store} refuses writes for {Outage.TotalSeconds} s", (system, _) => system.RefuseWritesAsync(store, Outage));
}
