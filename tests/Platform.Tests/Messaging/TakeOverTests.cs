using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using ChatApp.Contracts;
using ChatApp.Platform.Messaging;
using ChatApp.Testing;
using MongoDB.Bson;
using MongoDB.Driver;

namespace ChatApp.Platform.Tests.Messaging;

/// <summary>What a process leaves that is killed, stops, or stands still: somebody else finds and publishes it.</summary>
public sealed class TakeOverTests : ThingsTest
{
    private readonly FastClock _clock = new(20);
    private readonly Guid _user = Guid.CreateVersion7();

    [Fact]
    public async Task Killed_between_the_insert_and_the_queue_it_is_published_by_another()
    {
        await using var other = await StartAsync(_clock);
        await using (var killed = await StartAsync(_clock))
            await StoreAsync(killed, killed.Get<MongoOutbox>().Begin(), Thing.Of(_user, 1));

        await PublishedAsync(_user, 1);
        Assert.Equal([1L], VersionsOf(_user));
    }

    [Fact]
    public async Task Killed_between_the_publish_and_the_checkpoint_it_is_published_again_under_the_same_id()
    {
        await using (var killed = await StartAsync())
        {
            await WriteAsync(killed, Thing.Of(_user, 1));
            await PublishedAsync(_user, 1);
        }

        await using var next = await StartAsync(_clock);
        await Sidecar.Published.WaitForAsync(() => Sidecar.Published.All.Count > 1, "it was not published again");

        Assert.Single(Sidecar.Published.All.Select(recorded => recorded.Id).Distinct());
    }

    [Fact]
    public async Task Killed_in_the_middle_of_a_publish_it_is_published_by_the_next_start()
    {
        var answered = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (var killed = await StartAsync())
        {
            Sidecar.Takes = _ => answered.Task;
            await WriteAsync(killed, Thing.Many(_user, 3));
            await Wait.UntilAsync(() => !Sidecar.Requests.IsEmpty, "it was not sent");
        }

        answered.SetResult(false);
        Sidecar.Takes = _ => Task.FromResult(true);
        await using var next = await StartAsync(_clock);
        await PublishedAsync(_user, 3);

        // Of the request that broke the broker may have taken any part.
        Assert.Equal(To(3), VersionsOf(_user).Distinct().Order());
    }

    [Fact]
    public async Task Killed_before_its_first_checkpoint_after_the_start_it_has_an_heir_too()
    {
        await using (var killed = await StartAsync())
            Assert.Equal(1, await CountAsync());

        await using var other = await StartAsync(_clock);
        await Wait.UntilAsync(async () => await CountAsync(new BsonDocument("sweptAt", new BsonDocument("$exists", true))) == 1, "nobody looked for what it left");
    }

    [Fact]
    public async Task However_much_it_left_all_is_published_and_a_stuck_key_holds_up_no_other()
    {
        var (dead, stuck) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        Sidecar.Takes = recorded => Task.FromResult(recorded.Key != $"{stuck}");
        await LeaveAsync(dead, [.. Thing.Many(stuck, 1_500), .. Thing.Many(_user, 1_500)]);

        await using var host = await StartAsync(_clock);
        await PublishedAsync(_user, 1_500);
        Assert.Equal(To(1_500), VersionsOf(_user));

        Assert.Equal(2, await CountAsync());
        Sidecar.Takes = _ => Task.FromResult(true);
        await PublishedAsync(stuck, 1_500);
        await Wait.UntilAsync(async () => await CountAsync(new BsonDocument("sweptAt", new BsonDocument("$exists", true))) == 1, "the take-over does not end");
    }

    [Fact]
    public async Task Of_two_that_see_it_one_takes_over()
    {
        await using var one = await StartAsync(_clock);
        await using var other = await StartAsync(_clock);
        var dead = Guid.CreateVersion7();
        await LeaveAsync(dead, Thing.Many(_user, 50));

        await PublishedAsync(_user, 50);
        await Wait.UntilAsync(async () => await CountAsync(new BsonDocument("sweptAt", new BsonDocument("$exists", true))) == 1, "the take-over does not end");
        Assert.Equal(To(50), VersionsOf(_user));
    }

    [Fact]
    public async Task When_the_heir_dies_too_somebody_else_goes_on()
    {
        await LeaveAsync(Guid.CreateVersion7(), Thing.Many(_user, 3));
        Sidecar.RefusesEvents = true;
        await using (var heir = await StartAsync(_clock))
            await Wait.UntilAsync(() => !Sidecar.Requests.IsEmpty, "nobody takes over");
        Sidecar.RefusesEvents = false;

        await using var next = await StartAsync(_clock);
        await PublishedAsync(_user, 3);
    }

    [Fact]
    public async Task Who_stands_still_and_goes_on_is_alive_again_and_loses_nothing()
    {
        var stands = Guid.CreateVersion7();
        await LeaveAsync(stands, Thing.Of(_user, 1));
        await using var host = await StartAsync(new FastClock(200));
        await PublishedAsync(_user, 1);

        // It writes what it had begun, and dies before it says that it lives.
        await Database.GetCollection<Thing>(Thing.Collection).InsertOneAsync(Left(stands, Thing.Of(_user, 2)), cancellationToken: Cancel);
        await PublishedAsync(_user, 2);
        await Wait.UntilAsync(async () => await CountAsync() == 1, "it is never forgotten");
    }

    [Fact]
    public async Task Who_stops_with_everything_published_leaves_nothing_to_look_for()
    {
        await using var host = await StartAsync();
        await WriteAsync(host, Thing.Of(_user, 1));
        await host.StopAsync();

        Assert.Equal(To(1), VersionsOf(_user));
        Assert.Equal(0, await CountAsync());
        Assert.Throws<InvalidOperationException>(() => host.Get<MongoOutbox>().Begin());
    }

    [Fact]
    public async Task Who_stops_while_the_broker_is_down_leaves_its_events_to_the_next_start()
    {
        await using (var host = await StartAsync(_clock))
        {
            Sidecar.RefusesEvents = true;
            await WriteAsync(host, Thing.Many(_user, 2));
            await host.StopAsync();
        }

        Sidecar.RefusesEvents = false;
        await using var next = await StartAsync(_clock);
        await PublishedAsync(_user, 2);

        Assert.Equal(To(2), VersionsOf(_user));
        await Wait.UntilAsync(async () => await CountAsync() == 1, "it is not forgotten");
    }

    [Fact]
    public async Task What_a_replay_of_dead_letters_writes_is_published_by_who_serves()
    {
        await using var host = await StartAsync(_clock);
        await using var command = await StartAsync(serves: false);
        var data = JsonSerializer.Serialize(new SessionRevoked(_user, Guid.CreateVersion7(), DateTimeOffset.UnixEpoch), EventJson.Default.SessionRevoked);
        var letter = $$$"""{"id":"{{{Guid.CreateVersion7()}}}","topic":"auth.users","type":"auth.session.revoked.v1","data":{{{data}}}}""";
        using var client = host.Client();
        using var kept = await client.PostAsJsonAsync("/events/platform.deadletters", new { data_base64 = Encoding.UTF8.GetBytes(letter) }, Cancel);

        Assert.Equal(0, (await command.CommandAsync("deadletters", "replay", "--all")).Code);
        await PublishedAsync(_user, 1);

        Assert.Equal([1L], VersionsOf(_user));
        await Wait.UntilAsync(async () => await CountAsync() == 1, "the command is not forgotten");
    }

    [Fact]
    public async Task A_write_that_was_not_answered_is_looked_for_until_it_can_not_come_any_more()
    {
        await using var host = await StartAsync(_clock);
        var (answered, early, late) = (Guid.CreateVersion7(), Guid.CreateVersion7(), host.Get<MongoOutbox>().Begin());
        using (var change = host.Get<MongoOutbox>().Begin())
            await StoreAsync(host, change, Thing.Of(early, 1));
        late.Dispose();
        await WriteAsync(host, Thing.Of(answered, 1));
        await PublishedAsync(early, 1);

        // The checkpoint waits, and this comes after the first look.
        Assert.Equal(late.At.UtcDateTime, (await Checkpoints.Find(new BsonDocument()).SingleAsync(Cancel))["publishedBefore"].ToUniversalTime());
        await StoreAsync(host, late, Thing.Of(_user, 1));
        await PublishedAsync(_user, 1);
        await Wait.UntilAsync(
            async () => (await Checkpoints.Find(new BsonDocument()).SingleAsync(Cancel))["publishedBefore"].ToUniversalTime() > late.At.UtcDateTime, "the checkpoint stands still");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(20)]
    public async Task Writes_that_were_not_answered_are_looked_for_together(int count)
    {
        await using var host = await StartAsync(_clock);
        for (var version = 1; version <= count; version++)
        {
            using var change = host.Get<MongoOutbox>().Begin();
            await StoreAsync(host, change, Thing.Of(_user, version));
        }

        await PublishedAsync(_user, count);
    }

    [Fact]
    public async Task A_checkpoint_that_can_not_be_written_is_written_later()
    {
        await using var host = await StartAsync(_clock);
        await ValidateAsync("checkpoints", "never");
        await Wait.UntilAsync(() => host.Log.Lines.Any(line => line.Contains("can't be written now", StringComparison.Ordinal)), "it was not tried");
        await WriteAsync(host, Thing.Of(_user, 1));
        await ValidateAsync("checkpoints", "_id");

        await PublishedAsync(_user, 1);
        var before = _clock.GetUtcNow();
        await Wait.UntilAsync(
            async () => (await Checkpoints.Find(new BsonDocument()).SingleAsync(Cancel))["publishedBefore"].ToUniversalTime() > before.UtcDateTime, "the checkpoint stands still");
        Assert.Equal([1L], VersionsOf(_user));
    }

    /// <summary>As a process of an hour ago left it.</summary>
    private async Task LeaveAsync(Guid writer, params IReadOnlyList<Thing> things)
    {
        await using (var migrated = await StartAsync())
            await migrated.StopAsync();
        await Database.GetCollection<Thing>(Thing.Collection).InsertManyAsync(things.Select(thing => Left(writer, thing)), cancellationToken: Cancel);
        await Checkpoints.InsertOneAsync(
            new BsonDocument
            {
                ["_id"] = new BsonBinaryData(writer, GuidRepresentation.Standard),
                ["publishedBefore"] = _clock.GetUtcNow().AddHours(-1).UtcDateTime,
                ["beat"] = 7L,
            },
            cancellationToken: Cancel);
    }

    private Thing Left(Guid writer, Thing thing) => thing with { Writer = writer, ChangedAt = _clock.GetUtcNow().AddMinutes(-59) };

    private Task<BsonDocument> ValidateAsync(string collection, string required) => Database.RunCommandAsync<BsonDocument>(
        new BsonDocument { ["collMod"] = collection, ["validator"] = new BsonDocument("$jsonSchema", new BsonDocument("required", new BsonArray { required })) },
        cancellationToken: Cancel);

    private Task<long> CountAsync(BsonDocument? which = null) => Checkpoints.CountDocumentsAsync(which ?? [], cancellationToken: Cancel);
}
