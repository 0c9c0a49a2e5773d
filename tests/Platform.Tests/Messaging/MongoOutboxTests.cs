using ChatApp.Platform.Messaging;
using ChatApp.Testing;
using MongoDB.Bson;
using MongoDB.Driver;

namespace ChatApp.Platform.Tests.Messaging;

/// <summary>How events of documents go out while everything works.</summary>
public sealed class MongoOutboxTests : ThingsTest
{
    private readonly Guid _user = Guid.CreateVersion7();

    [Fact]
    public async Task What_is_written_is_published_once()
    {
        await using var host = await StartAsync();
        await WriteAsync(host, Thing.Of(_user, 1));
        await WriteAsync(host, Thing.Of(_user, 2));
        await PublishedAsync(_user, 2);
        await host.StopAsync();

        Assert.Equal([1L, 2L], VersionsOf(_user));
        Assert.All(Sidecar.Published.All, recorded => Assert.Equal(
            ("pubsub", "users.profiles", "users.profile.updated.v1", _user.ToString()), (recorded.PubSub, recorded.Topic, recorded.Type, recorded.Key)));
        Assert.All(Sidecar.Published.All, recorded => Assert.Equal(
            ("1.0", "platform", "application/json"), (recorded.Metadata["specversion"], recorded.Metadata["source"], recorded.Metadata["datacontenttype"])));
    }

    [Fact]
    public async Task An_event_at_rest_goes_out_alone_at_once_and_what_waits_behind_a_request_goes_together()
    {
        await using var host = await StartAsync();
        var answered = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        Sidecar.Takes = _ => answered.Task;
        await WriteAsync(host, Thing.Of(_user, 1));
        await Wait.UntilAsync(() => !Sidecar.Requests.IsEmpty, "the first was not sent at once");

        Guid[] others = [.. Enumerable.Range(0, 250).Select(_ => Guid.CreateVersion7())];
        await WriteAsync(host, [.. others.Select(user => Thing.Of(user, 1))]);
        answered.SetResult(true);
        await Sidecar.Published.WaitForAsync(() => Sidecar.Published.All.Count == 251, "not all were published");

        Assert.Equal([1, 100, 100, 50], Sidecar.Requests);
    }

    [Fact]
    public async Task A_request_stays_well_below_what_the_sidecar_takes()
    {
        await using var host = await StartAsync();
        await WriteAsync(host, [.. Enumerable.Range(1, 10).Select(version => Thing.Of(Guid.CreateVersion7(), version, new string('x', 400_000)))]);
        await WriteAsync(host, Thing.Of(_user, 1, new string('x', 2_000_000)));
        await Sidecar.Published.WaitForAsync(() => Sidecar.Published.All.Count == 11, "not all were published");

        Assert.All(Sidecar.Requests, events => Assert.InRange(events, 1, 2));
    }

    [Fact]
    public async Task Events_of_a_key_are_published_in_the_order_of_their_writes()
    {
        await using var host = await StartAsync();
        Guid[] users = [.. Enumerable.Range(0, 20).Select(_ => Guid.CreateVersion7())];

        await Task.WhenAll(users.Select(async user =>
        {
            for (var version = 1; version <= 20; version++)
                await WriteAsync(host, Thing.Of(user, version));
        }));
        await Sidecar.Published.WaitForAsync(() => Sidecar.Published.All.Count == 400, "not all were published");

        Assert.All(users, user => Assert.Equal(To(20), VersionsOf(user)));
    }

    [Fact]
    public async Task Of_a_state_that_changes_while_it_waits_only_the_newest_is_published()
    {
        await using var host = await StartAsync();
        var answered = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        Sidecar.Takes = _ => answered.Task;
        await WriteAsync(host, Thing.Of(_user, 1, isState: true));
        await Wait.UntilAsync(() => !Sidecar.Requests.IsEmpty, "the first was not sent at once");

        // The store did the seventh last, but it was announced before the sixth.
        foreach (var version in (long[])[2, 3, 4, 5, 7, 6])
            await WriteAsync(host, Thing.Of(_user, version, isState: true));
        answered.SetResult(true);
        await PublishedAsync(_user, 2);
        await host.StopAsync();

        Assert.Equal([1L, 7L], VersionsOf(_user));
        Assert.Equal(0, await Checkpoints.CountDocumentsAsync(new BsonDocument(), cancellationToken: Cancel));
    }

    [Fact]
    public async Task A_state_that_failed_gives_way_to_a_newer_one()
    {
        await using var host = await StartAsync();
        var answered = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        Sidecar.Takes = _ => answered.Task;
        await WriteAsync(host, Thing.Of(_user, 1, isState: true));
        await Wait.UntilAsync(() => !Sidecar.Requests.IsEmpty, "the first was not sent at once");
        await WriteAsync(host, Thing.Of(_user, 2, isState: true));

        Sidecar.Takes = _ => Task.FromResult(true);
        answered.SetResult(false);
        await PublishedAsync(_user, 1);
        await host.StopAsync();

        Assert.Equal([2L], VersionsOf(_user));
    }

    [Fact]
    public async Task A_paced_topic_publishes_all_that_waits_and_then_rests()
    {
        await using var host = await StartAsync(pace: new Pace(TimeSpan.FromSeconds(4)));
        await WriteAsync(host, Thing.Of(_user, 1, isState: true));
        await PublishedAsync(_user, 1);

        for (var version = 2; version <= 10; version++)
            await WriteAsync(host, Thing.Of(_user, version, isState: true));
        await WriteAsync(host, [.. Enumerable.Range(0, 249).Select(_ => Thing.Of(Guid.CreateVersion7(), 1))]);
        // Less than a second rest.
        await Sidecar.Published.WaitForAsync(() => Sidecar.Published.All.Count == 251, "not all were published in one round");

        Assert.Equal([1L, 10L], VersionsOf(_user));
        Assert.Equal([1, 100, 100, 50], Sidecar.Requests);
    }

    [Fact]
    public async Task A_paced_topic_may_have_a_burst_before_it_rests()
    {
        await using var host = await StartAsync(pace: new Pace(TimeSpan.FromSeconds(4), Burst: 3));
        // Four in less than a second, each on its own.
        for (var version = 1; version <= 4; version++)
        {
            await WriteAsync(host, Thing.Of(_user, version));
            await PublishedAsync(_user, version);
        }

        await WriteAsync(host, Thing.Of(_user, 5));
        await WriteAsync(host, Thing.Of(_user, 6));
        await PublishedAsync(_user, 6);
        Assert.Equal([1, 1, 1, 1, 2], Sidecar.Requests);
    }

    [Fact]
    public async Task The_checkpoint_follows_what_is_published_and_stays_before_what_somebody_holds()
    {
        await using var host = await StartAsync(new FastClock(20));
        var change = host.Get<MongoOutbox>().Begin();
        await StoreAsync(host, change, Thing.Of(_user, 1));
        var hold = change.Hold();
        change.Complete();
        var behind = change.At.AddSeconds(10);

        await Wait.UntilAsync(async () => (await CheckpointAsync())["beat"].ToInt64() > 10, "the process shows no life");
        Assert.Equal(change.At.UtcDateTime, (await CheckpointAsync())["publishedBefore"].ToUniversalTime());
        hold.Dispose();
        await Wait.UntilAsync(async () => (await CheckpointAsync())["publishedBefore"].ToUniversalTime() > behind.UtcDateTime, "the checkpoint stands still");
    }

    [Fact]
    public async Task A_clock_that_is_set_back_puts_no_change_before_the_checkpoint()
    {
        var clock = new TestClock();
        await using var host = await StartAsync(clock);
        using var first = host.Get<MongoOutbox>().Begin();
        clock.Advance(TimeSpan.FromHours(-1));
        using var second = host.Get<MongoOutbox>().Begin();

        Assert.True(second.At >= first.At);
        first.Complete();
        second.Complete();
    }

    [Fact]
    public async Task A_command_publishes_nothing()
    {
        await using var command = await StartAsync(serves: false);
        await using (var host = await StartAsync())
        {
            await WriteAsync(command, Thing.Of(_user, 1));
            await WriteAsync(host, Thing.Of(_user, 2));
            await PublishedAsync(_user, 1);
            await host.StopAsync();
        }

        Assert.Equal([2L], VersionsOf(_user));
    }

    private async Task<BsonDocument> CheckpointAsync() => await Checkpoints.Find(new BsonDocument()).SingleAsync(Cancel);
}
