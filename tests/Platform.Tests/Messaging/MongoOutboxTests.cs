using ChatApp.Contracts;
using ChatApp.Platform.Database;
using ChatApp.Platform.Messaging;
using ChatApp.Testing;
using Microsoft.Extensions.DependencyInjection;
using MongoDB.Bson;
using MongoDB.Driver;

namespace ChatApp.Platform.Tests.Messaging;

public sealed class MongoOutboxTests : IAsyncLifetime
{
    private const string Collection = "things";

    private readonly Guid _user = Guid.CreateVersion7();
    private readonly MongoTestDatabase _database = new();
    private TestSidecar _sidecar = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _sidecar = await TestSidecar.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _database.DisposeAsync();
        await _sidecar.DisposeAsync();
    }

    [Fact]
    public async Task What_is_written_is_published_once_and_gone_from_the_document()
    {
        await using var host = await StartAsync();
        var thing = Thing.With(DateTimeOffset.UtcNow, Profile(_user, 1), Profile(_user, 2));

        await WriteAsync(host, thing, thing);
        await EmptyAsync();

        Assert.Equal([1L, 2L], VersionsOf(_user));
        Assert.Equal(thing.Outbox!.Select(stored => stored.Id.ToString()), _sidecar.Published.All.Select(recorded => recorded.Id));
        Assert.All(_sidecar.Published.All, recorded => Assert.Equal(
            ("pubsub", "users.profiles", "users.profile.updated.v1", _user.ToString()), (recorded.PubSub, recorded.Topic, recorded.Type, recorded.Key)));
        Assert.Equal(1, await Things.CountDocumentsAsync(FilterDefinition<BsonDocument>.Empty, cancellationToken: Cancel));
    }

    [Fact]
    public async Task Clearing_events_loses_nothing_that_is_changed_meanwhile()
    {
        await using var host = await StartAsync();
        Thing[] things = [.. Enumerable.Range(1, 200).Select(version => Thing.With(DateTimeOffset.UtcNow, Profile(Guid.CreateVersion7(), version)))];
        var changing = things.Chunk(50).Select(mine => Task.Run(async () =>
        {
            foreach (var few in mine.Chunk(10))
            {
                await WriteAsync(host, few);
                for (var change = 0; change < 20; change++)
                {
                    foreach (var thing in few)
                        await ChangeAsync(thing);
                }
            }
        }));

        await Task.WhenAll(changing);
        await EmptyAsync();

        Assert.Equal(things.Length, await Things.CountDocumentsAsync(new BsonDocument("changes", 20), cancellationToken: Cancel));
    }

    [Fact]
    public async Task Events_of_a_key_are_published_in_the_order_of_their_writes()
    {
        await using var host = await StartAsync();
        Guid[] users = [.. Enumerable.Range(0, 20).Select(_ => Guid.CreateVersion7())];

        await Task.WhenAll(users.Select(async user =>
        {
            for (var version = 1; version <= 20; version++)
                await WriteAsync(host, Thing.With(DateTimeOffset.UtcNow, Profile(user, version)));
        }));
        await EmptyAsync();

        Assert.All(users, user => Assert.Equal(Enumerable.Range(1, 20).Select(version => (long)version), VersionsOf(user)));
    }

    [Fact]
    public async Task What_a_crash_left_is_published_by_the_next_start_however_much_it_is()
    {
        await using (var host = await StartAsync())
        {
            var before = DateTimeOffset.UtcNow.AddMinutes(-1);
            await host.Get<IMongoDatabase>().GetCollection<Thing>(Collection).InsertManyAsync(
                Enumerable.Range(1, 1_700).Select(version => Thing.With(before.AddMilliseconds(version), Profile(_user, version))), cancellationToken: Cancel);
        }

        await using var next = await StartAsync();
        await EmptyAsync();

        Assert.Equal(Enumerable.Range(1, 1_700).Select(version => (long)version), VersionsOf(_user).Distinct());
    }

    [Fact]
    public async Task What_is_written_while_the_broker_is_down_goes_out_in_order_when_it_is_back()
    {
        await using var host = await StartAsync();
        _sidecar.RefusesEvents = true;
        for (var version = 1; version <= 30; version++)
            await WriteAsync(host, Thing.With(DateTimeOffset.UtcNow, Profile(_user, version)));
        await Wait.UntilAsync(() => host.Log.Lines.Any(line => line.Contains("wait in the outbox", StringComparison.Ordinal)), "nothing was tried");
        Assert.Equal(30, await LeftAsync());

        _sidecar.RefusesEvents = false;
        await EmptyAsync();

        Assert.Equal(Enumerable.Range(1, 30).Select(version => (long)version), VersionsOf(_user));
    }

    [Fact]
    public async Task A_service_that_stops_while_the_broker_is_down_publishes_after_its_next_start()
    {
        await using (var host = await StartAsync())
        {
            _sidecar.RefusesEvents = true;
            await WriteAsync(host, Thing.With(DateTimeOffset.UtcNow, Profile(_user, 1)), Thing.With(DateTimeOffset.UtcNow, Profile(_user, 2)));
        }

        Assert.Equal(2, await LeftAsync());
        _sidecar.RefusesEvents = false;
        var clock = new TestClock();
        clock.Advance(TimeSpan.FromMinutes(1));
        await using var next = await StartAsync(clock);
        await EmptyAsync();

        Assert.Equal([1L, 2L], VersionsOf(_user));
    }

    [Fact]
    public async Task The_services_own_views_are_brought_up_to_date_before_anybody_else_hears()
    {
        await using var host = await StartAsync();
        List<(int Published, long[] Versions)> projected = [];
        host.Get<MongoOutbox>().ProjectFirst((events, _) =>
        {
            projected.Add((_sidecar.Published.All.Count, [.. events.Select(stored => stored.Read<ProfileUpdated>().Version)]));
            return projected.Count < 3 ? throw new TimeoutException("the view is not there") : Task.CompletedTask;
        });

        await WriteAsync(host, Thing.With(DateTimeOffset.UtcNow, Profile(_user, 1), Profile(_user, 2)));
        await EmptyAsync();

        // Tried until it succeeded, and nothing was published before that.
        Assert.All(projected.Take(3), attempt => Assert.Equal(0, attempt.Published));
        Assert.Equal([1L, 2L], projected.Skip(2).SelectMany(attempt => attempt.Versions));
        Assert.Equal([1L, 2L], VersionsOf(_user));
    }

    private IMongoCollection<BsonDocument> Things => _database.Open().GetCollection<BsonDocument>(Collection);

    private static ProfileUpdated Profile(Guid user, long version) => new(user, "alice", "Alice", null, version, DateTimeOffset.UnixEpoch);

    private IEnumerable<long> VersionsOf(Guid user) =>
        _sidecar.Published.Of<ProfileUpdated>().Where(profile => profile.UserId == user).Select(profile => profile.Version);

    private Task<PlatformHost> StartAsync(TimeProvider? clock = null) => PlatformHost.StartAsync(_sidecar, builder =>
    {
        if (clock is not null)
            builder.Services.AddSingleton(clock);
        builder.Configuration["ConnectionStrings:platform"] = _database.ConnectionString;
        builder.AddMongo("platform", Collection);
    });

    private static async Task WriteAsync(PlatformHost host, params Thing[] things)
    {
        await host.Get<IMongoDatabase>().GetCollection<Thing>(Collection).InsertManyAsync(things.Distinct(), cancellationToken: Cancel);
        foreach (var thing in things)
            host.Get<MongoOutbox>().Written(Collection, new BsonBinaryData(thing.Id, GuidRepresentation.Standard), [.. thing.Outbox!]);
    }

    private Task<UpdateResult> ChangeAsync(Thing thing) => Things.UpdateOneAsync(
        new BsonDocument("_id", new BsonBinaryData(thing.Id, GuidRepresentation.Standard)),
        new BsonDocument("$inc", new BsonDocument("changes", 1)),
        cancellationToken: Cancel);

    private Task EmptyAsync() => Wait.UntilAsync(async () => await LeftAsync() == 0, "documents still hold events");

    private Task<long> LeftAsync() => Things.CountDocumentsAsync(new BsonDocument("outbox.at", new BsonDocument("$exists", true)), cancellationToken: Cancel);

    private sealed record Thing(Guid Id, IReadOnlyList<OutboxEvent>? Outbox)
    {
        public static Thing With(DateTimeOffset at, params ProfileUpdated[] events) =>
            new(Guid.CreateVersion7(), [.. events.Select(profile => OutboxEvent.From(profile, at))]);
    }
}
