using System.Diagnostics.Metrics;
using ChatApp.Platform.Messaging;
using MongoDB.Driver.Core.Configuration;
using MongoDB.Driver.Core.Events;

namespace ChatApp.Platform.Telemetry;

/// <summary>The connections of a MongoDB client, by state, under the name that OpenTelemetry's conventions and Npgsql give such a pool.</summary>
internal sealed class MongoPool
{
    private int _open;
    private int _used;

    public MongoPool(IMeterFactory meters, string name)
    {
        var pool = new KeyValuePair<string, object?>("db.client.connection.pool.name", name);
        meters.Create(MessagingMetrics.MeterName).CreateObservableUpDownCounter(
            "db.client.connection.count",
            () => (Measurement<int>[])[Measured("used", _used), Measured("idle", Math.Max(0, _open - _used))],
            "{connection}",
            "Connections of the pool, by state.");

        Measurement<int> Measured(string state, int value) => new(value, pool, new KeyValuePair<string, object?>("db.client.connection.state", state));
    }

    public void Count(ClusterBuilder cluster) => cluster
        .Subscribe<ConnectionCreatedEvent>(_ => Interlocked.Increment(ref _open))
        .Subscribe<ConnectionClosedEvent>(_ => Interlocked.Decrement(ref _open))
        .Subscribe<ConnectionPoolCheckedOutConnectionEvent>(_ => Interlocked.Increment(ref _used))
        .Subscribe<ConnectionPoolCheckedInConnectionEvent>(_ => Interlocked.Decrement(ref _used));
}
