using System.Text;
using ChatApp.Contracts;
using ChatApp.Platform.Database;
using Npgsql;

namespace ChatApp.Platform.Messaging;

/// <summary>Events and changes in one transaction: both are there, or neither.</summary>
public static class PostgresOutbox
{
    /// <summary>Stores the event in the caller's transaction; the relay is woken when that commits, and publishes it.</summary>
    public static Task EnqueueAsync<T>(this NpgsqlTransaction tx, T @event, DateTimeOffset at, CancellationToken ct)
        where T : IEvent
    {
        var stored = OutboxEvent.From(@event, at);
        return tx.ExecuteAsync(
            """
            INSERT INTO outbox_events (id, topic, type, key, payload, trace_parent, at)
            VALUES (@Id, @Topic, @Type, @Key, @Payload, @TraceParent, @At);
            NOTIFY outbox_events;
            """,
            new { stored.Id, stored.Topic, stored.Type, stored.Key, Payload = Encoding.UTF8.GetString(stored.Payload), stored.TraceParent, stored.At },
            ct);
    }

    /// <summary>True the first time that this event is seen; false when the broker delivers it again.</summary>
    public static async Task<bool> TryAcceptAsync<T>(this NpgsqlTransaction tx, Received<T> received, CancellationToken ct)
        where T : IEvent =>
        await tx.ExecuteAsync(
            "INSERT INTO inbox_events (event_id) VALUES (@Id) ON CONFLICT DO NOTHING", new { received.Id }, ct) == 1;
}
