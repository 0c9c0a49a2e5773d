using ChatApp.Contracts;
using ChatApp.Platform.Database;
using ChatApp.Platform.Messaging;
using ChatApp.Testing;
using Microsoft.Extensions.DependencyInjection;
using MongoDB.Bson;
using MongoDB.Driver;

namespace ChatApp.Platform.Tests.Messaging;

/// <summary>A service whose documents are events, on a database of the test's own.</summary>
public abstract class ThingsTest : IAsyncLifetime
{
    private readonly MongoTestDatabase _database = new();

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    protected TestSidecar Sidecar { get; private set; } = null!;

    protected IMongoCollection<BsonDocument> Checkpoints => _database.Open().GetCollection<BsonDocument>("checkpoints");

    protected IMongoDatabase Database => _database.Open();

    public async ValueTask InitializeAsync() => Sidecar = await TestSidecar.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _database.DisposeAsync();
        await Sidecar.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private protected Task<PlatformHost> StartAsync(TimeProvider? clock = null, TestSidecar? sidecar = null, Pace pace = default, bool serves = true) =>
        PlatformHost.StartAsync(
            sidecar ?? Sidecar,
            builder =>
            {
                builder.Configuration["ConnectionStrings:platform"] = _database.ConnectionString;
                builder.AddMongo("platform");
                if (clock is not null)
                    builder.Services.AddSingleton(clock);
            },
            app =>
            {
                app.Services.GetRequiredService<MongoOutbox>().Announce<Thing>(Thing.Collection, Thing.Announce);
                app.Services.GetRequiredService<MongoOutbox>().Pace(ProfileUpdated.Topic, pace);
                app.MapEvents(SessionRevoked.Topic).On<SessionRevoked>((received, _) => WriteAsync(app.Services, [Thing.Of(received.Event.UserId, 1)]));
            },
            serves: serves);

    /// <summary>Writes documents at once.</summary>
    private protected static Task WriteAsync(PlatformHost host, params IReadOnlyList<Thing> things) => WriteAsync(host.Get<IServiceProvider>(), things);

    /// <summary>Stores documents and tells nobody.</summary>
    private protected static Task<IReadOnlyList<Thing>> StoreAsync(PlatformHost host, Change change, params IReadOnlyList<Thing> things) =>
        StoreAsync(host.Get<IServiceProvider>(), change, things);

    private protected IReadOnlyList<long> VersionsOf(Guid user, TestSidecar? sidecar = null) =>
        [.. (sidecar ?? Sidecar).Published.Of<ProfileUpdated>().Where(profile => profile.UserId == user).Select(profile => profile.Version)];

    private protected Task PublishedAsync(Guid user, int count) => Sidecar.Published.WaitForAsync(
        () => VersionsOf(user).Distinct().Count() >= count, $"not all {count} of {user} were published");

    private static async Task WriteAsync(IServiceProvider services, IReadOnlyList<Thing> things)
    {
        using var change = services.GetRequiredService<MongoOutbox>().Begin();
        Thing.Announce(await StoreAsync(services, change, things), change);
        change.Complete();
    }

    private static async Task<IReadOnlyList<Thing>> StoreAsync(IServiceProvider services, Change change, IReadOnlyList<Thing> things)
    {
        Thing[] stored = [.. things.Select(thing => thing with { ChangedAt = change.At, Writer = change.Writer })];
        await services.GetRequiredService<IMongoDatabase>().GetCollection<Thing>(Thing.Collection).InsertManyAsync(stored, cancellationToken: Cancel);
        return stored;
    }

    private protected static long[] To(int last) => [.. Enumerable.Range(1, last).Select(version => (long)version)];
}

/// <param name="IsState">Whether only the newest of the user counts.</param>
internal sealed record Thing(Guid Id, Guid UserId, long Version, string Text, bool IsState, DateTimeOffset ChangedAt = default, Guid Writer = default)
{
    public const string Collection = "things";

    private static long _made;

    /// <summary>Ids in the order in which they were made.</summary>
    public static Thing Of(Guid user, long version, string text = "Alice", bool isState = false) =>
        new(Guid.CreateVersion7(DateTimeOffset.UnixEpoch.AddMilliseconds(Interlocked.Increment(ref _made))), user, version, text, isState);

    public static Thing[] Many(Guid user, int last) => [.. Enumerable.Range(1, last).Select(version => Of(user, version))];

    public static void Announce(IReadOnlyList<Thing> things, Change change)
    {
        foreach (var thing in things)
        {
            var told = new ProfileUpdated(thing.UserId, "alice", thing.Text, null, thing.Version, DateTimeOffset.UnixEpoch);
            change.Publish(
                OutboxEvent.From(told, thing.ChangedAt, OutboxEvent.IdOf(thing.ChangedAt, thing.Id, thing.Version)),
                thing.IsState ? thing.UserId : null,
                thing.Version);
        }
    }
}
