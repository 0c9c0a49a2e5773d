using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using ChatApp.Contracts;
using ChatApp.Platform.Database;
using ChatApp.Platform.Messaging;
using ChatApp.Testing;
using Npgsql;

namespace ChatApp.Platform.Tests.Messaging;

public sealed class MetricsTests : IAsyncLifetime
{
    private readonly ConcurrentDictionary<string, double> _measured = new();
    private MeterListener _listener = null!;
    private TestSidecar _sidecar = null!;
    private PostgresDatabase _database = null!;
    private PlatformHost _host = null!;
    private Exception? _failure = new TimeoutException();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _sidecar = await TestSidecar.StartAsync();
        _database = await PostgresDatabase.CreateAsync();
        _sidecar.RefusesEvents = true;
        _host = await StartAsync();
        await _host.Get<NpgsqlDataSource>().InTransactionAsync(
            tx => tx.EnqueueAsync(new ProfileUpdated(Guid.CreateVersion7(), "a", "A", null, 1, DateTimeOffset.UtcNow), DateTimeOffset.UtcNow.AddMinutes(-5), Cancel), Cancel);

        _listener = Listen(_host);
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _host.DisposeAsync();
        await _database.DisposeAsync();
        await _sidecar.DisposeAsync();
    }

    [Fact]
    public async Task Waiting_and_refused_and_published_events_are_counted()
    {
        await SeenAsync("chatapp.outbox.failed{topic=users.profiles}", _ => true);
        await using var counting = await StartAsync();
        using var other = Listen(counting);
        await Wait.UntilAsync(
            () =>
            {
                other.RecordObservableInstruments();
                return _measured.GetValueOrDefault("chatapp.outbox.waiting{}") == 1 && _measured.GetValueOrDefault("chatapp.outbox.oldest.age{}") is > 290 and < 400;
            },
            $"what waits is not measured: {string.Join(", ", _measured)}");

        _sidecar.RefusesEvents = false;
        await SeenAsync("chatapp.outbox.published{topic=users.profiles}", value => value == 1);
    }

    [Fact]
    public async Task Deliveries_are_timed_by_topic_and_outcome()
    {
        var revoked = $$$"""{"id":"{{{Guid.NewGuid()}}}","type":"auth.session.revoked.v1","data":{"userId":"{{{Guid.NewGuid()}}}","sessionId":"{{{Guid.NewGuid()}}}","revokedAt":"2026-03-01T12:00:00Z"}}""";
        Assert.Equal(["DROP", "RETRY"], await _host.DeliverAsync("auth.users", "{}", revoked));
        _failure = null;
        Assert.Equal(["SUCCESS"], await _host.DeliverAsync("auth.users", revoked));

        foreach (var outcome in (string[])["handled", "dropped", "failed"])
            await SeenAsync($"chatapp.events.duration{{topic=auth.users,outcome={outcome}}}", seconds => seconds > 0);
    }

    private Task<PlatformHost> StartAsync() => PlatformHost.StartAsync(
        _sidecar,
        builder =>
        {
            builder.Configuration["ConnectionStrings:platform"] = _database.ConnectionString;
            builder.AddPostgres("platform", schema: "platform");
        },
        app => app.MapEvents(SessionRevoked.Topic).On<SessionRevoked>((_, _) => _failure is null ? Task.CompletedTask : throw _failure));

    private MeterListener Listen(PlatformHost host)
    {
        // Other hosts of this process have a meter of the same name: this host's own is meant.
        var scope = host.Get<IMeterFactory>();
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == MessagingMetrics.MeterName && instrument.Meter.Scope == scope)
                    listener.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Note(instrument, value, tags));
        listener.Start();
        return listener;
    }

    private void Note(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        _measured[$"{instrument.Name}{{{string.Join(',', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}"))}}}"] = value;

    private Task SeenAsync(string name, Func<double, bool> fits) =>
        Wait.UntilAsync(() => _measured.TryGetValue(name, out var value) && fits(value), $"{name} is not measured: {string.Join(", ", _measured)}");
}
