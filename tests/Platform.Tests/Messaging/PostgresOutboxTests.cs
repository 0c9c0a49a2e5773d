using ChatApp.Contracts;
using ChatApp.Platform.Database;
using ChatApp.Platform.Messaging;
using ChatApp.Testing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace ChatApp.Platform.Tests.Messaging;

public sealed class PostgresOutboxTests : IAsyncLifetime
{
    private readonly Guid _user = Guid.CreateVersion7();
    private TestSidecar _sidecar = null!;
    private PostgresDatabase _database = null!;
    private PlatformHost _host = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _sidecar = await TestSidecar.StartAsync();
        _database = await PostgresDatabase.CreateAsync();
        _host = await StartAsync(_sidecar);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        await _database.DisposeAsync();
        await _sidecar.DisposeAsync();
    }

    [Fact]
    public async Task What_commits_is_published_and_gone_from_the_outbox()
    {
        await CommitAsync(_host, Profile(_user, 1));

        Assert.Equal(Profile(_user, 1), await _sidecar.Published.NextAsync<ProfileUpdated>());
        var recorded = Assert.Single(_sidecar.Published.All);
        Assert.Equal(
            ("pubsub", "users.profiles", "users.profile.updated.v1", _user.ToString()), (recorded.PubSub, recorded.Topic, recorded.Type, recorded.Key));
        Assert.True(Guid.TryParse(recorded.Id, out _));
        await EmptyAsync();
    }

    [Fact]
    public async Task What_is_rolled_back_is_never_published()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(() => _host.Get<NpgsqlDataSource>().InTransactionAsync(
            async tx =>
            {
                await tx.EnqueueAsync(Profile(_user, 1), DateTimeOffset.UtcNow, Cancel);
                throw new InvalidOperationException();
            },
            Cancel));
        await CommitAsync(_host, Profile(_user, 2));
        await EmptyAsync();

        Assert.Equal([2L], VersionsOf(_sidecar, _user));
    }

    [Fact]
    public async Task Events_of_a_key_are_published_in_the_order_of_their_commits()
    {
        Guid[] users = [.. Enumerable.Range(0, 20).Select(_ => Guid.CreateVersion7())];

        await Task.WhenAll(users.Select(async user =>
        {
            for (var version = 1; version <= 40; version++)
                await CommitAsync(_host, Profile(user, version));
        }));
        await EmptyAsync();

        Assert.All(users, user => Assert.Equal(Enumerable.Range(1, 40).Select(version => (long)version), VersionsOf(_sidecar, user)));
    }

    [Fact]
    public async Task What_commits_while_the_broker_is_down_goes_out_in_order_when_it_is_back()
    {
        _sidecar.RefusesEvents = true;
        for (var version = 1; version <= 30; version++)
            await CommitAsync(_host, Profile(_user, version));
        await Wait.UntilAsync(() => _host.Log.Lines.Any(line => line.Contains("wait in the outbox", StringComparison.Ordinal)), "nothing was tried");
        Assert.Equal(30, await CountAsync());

        _sidecar.RefusesEvents = false;
        await EmptyAsync();

        Assert.Equal(Enumerable.Range(1, 30).Select(version => (long)version), VersionsOf(_sidecar, _user));
    }

    [Fact]
    public async Task A_crash_between_publishing_and_forgetting_publishes_again_under_the_same_id()
    {
        await ExecuteAsync(
            """
            CREATE FUNCTION platform.crash() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'crash'; END $$;
            CREATE TRIGGER crash BEFORE DELETE ON platform.outbox_events FOR EACH ROW EXECUTE FUNCTION platform.crash();
            """);
        await CommitAsync(_host, Profile(_user, 1));
        await _sidecar.Published.WaitForAsync(() => _sidecar.Published.All.Count >= 2, "it was not published again");
        await ExecuteAsync("DROP TRIGGER crash ON platform.outbox_events");
        await EmptyAsync();

        Assert.Single(_sidecar.Published.All.Select(recorded => recorded.Id).Distinct());
        Assert.All(VersionsOf(_sidecar, _user), version => Assert.Equal(1, version));
    }

    [Fact]
    public async Task Of_two_replicas_one_publishes_and_the_other_takes_over()
    {
        await using var otherSidecar = await TestSidecar.StartAsync();
        await using var other = await StartAsync(otherSidecar);

        for (var version = 1; version <= 50; version++)
            await CommitAsync(version % 2 == 0 ? _host : other, Profile(_user, version));
        await EmptyAsync();
        var ((working, worked), (waiting, waited)) = _sidecar.Published.All.Count > 0
            ? ((_host, _sidecar), (other, otherSidecar))
            : ((other, otherSidecar), (_host, _sidecar));
        Assert.Equal(Enumerable.Range(1, 50).Select(version => (long)version), VersionsOf(worked, _user));
        Assert.Empty(waited.Published.All);

        await working.DisposeAsync();
        await CommitAsync(waiting, Profile(_user, 51));
        await EmptyAsync();
        Assert.Equal([51L], VersionsOf(waited, _user));
    }

    [Fact]
    public async Task A_relay_that_loses_its_connection_makes_another()
    {
        await CommitAsync(_host, Profile(_user, 1));
        await EmptyAsync();
        await ExecuteAsync("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");

        await Wait.UntilAsync(async () => await TryCommitAsync(Profile(_user, 2)), "no connection works");
        await _sidecar.Published.NextAsync<ProfileUpdated>(profile => profile.Version == 2);
    }

    [Fact]
    public async Task A_key_that_can_not_be_published_holds_up_no_other_however_much_waits_behind_it()
    {
        var stuck = Guid.CreateVersion7();
        _sidecar.Takes = recorded => Task.FromResult(recorded.Key != stuck.ToString());
        await CommitManyAsync(stuck, 1_200);

        await CommitAsync(_host, Profile(_user, 1));
        await _sidecar.Published.NextAsync<ProfileUpdated>(profile => profile.UserId == _user);
        await Wait.UntilAsync(async () => await CountAsync() == 1_200, "what was published is not deleted, or what is stuck is lost");

        _sidecar.Takes = _ => Task.FromResult(true);
        await EmptyAsync();
        Assert.Equal(Enumerable.Range(1, 1_200).Select(version => (long)version), VersionsOf(_sidecar, stuck));
    }

    [Fact]
    public async Task What_waits_is_published_together()
    {
        _sidecar.RefusesEvents = true;
        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => CommitAsync(_host, Profile(Guid.CreateVersion7(), 1))));
        await Wait.UntilAsync(() => _sidecar.Requests.Count > 3, "nothing was tried");

        _sidecar.RefusesEvents = false;
        await EmptyAsync();
        Assert.Contains(_sidecar.Requests, events => events > 1);
    }

    [Fact]
    public async Task A_backlog_of_many_keys_drains_and_is_deleted_in_bulk()
    {
        _sidecar.RefusesEvents = true;
        await ExecuteAsync(
            """
            CREATE TABLE platform.deletes (at timestamptz DEFAULT now());
            CREATE FUNCTION platform.note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO platform.deletes DEFAULT VALUES; RETURN NULL; END $$;
            CREATE TRIGGER note AFTER DELETE ON platform.outbox_events FOR EACH STATEMENT EXECUTE FUNCTION platform.note();
            """);
        Guid[] users = [.. Enumerable.Range(0, 700).Select(_ => Guid.CreateVersion7())];
        await _host.Get<NpgsqlDataSource>().InTransactionAsync(
            async tx =>
            {
                foreach (var version in (long[])[1, 2])
                {
                    foreach (var user in users)
                        await tx.EnqueueAsync(Profile(user, version), DateTimeOffset.UtcNow, Cancel);
                }
            },
            Cancel);

        _sidecar.RefusesEvents = false;
        await EmptyAsync();

        Assert.All(users, user => Assert.Equal([1L, 2L], VersionsOf(_sidecar, user)));
        Assert.InRange((long)(await ExecuteAsync("SELECT count(*) FROM platform.deletes"))!, 1, 700);
    }

    [Fact]
    public async Task A_relay_whose_lock_is_lost_hands_over_to_another_replica()
    {
        await using var otherSidecar = await TestSidecar.StartAsync();
        await using var other = await StartAsync(otherSidecar);
        await CommitAsync(_host, Profile(_user, 1));
        await EmptyAsync();
        var (working, waiting) = _sidecar.Published.All.Count > 0 ? (_sidecar, otherSidecar) : (otherSidecar, _sidecar);
        // One that hangs with an event in its hands.
        var hangs = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        working.Takes = _ => hangs.Task;
        await CommitAsync(_host, Profile(_user, 2));

        await ExecuteAsync("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())");

        await waiting.Published.NextAsync<ProfileUpdated>(profile => profile.Version == 2);
        hangs.SetResult(true);
        await EmptyAsync();
    }

    [Fact]
    public async Task What_was_handled_is_forgotten_after_the_broker_can_not_deliver_it_again()
    {
        await ExecuteAsync(
            "INSERT INTO platform.inbox_events (event_id, handled_at) SELECT gen_random_uuid(), now() - interval '3 days' FROM generate_series(1, 12000)");
        var received = new Received<ProfileUpdated>(Guid.CreateVersion7(), Profile(_user, 1));
        await _host.Get<NpgsqlDataSource>().InTransactionAsync(tx => tx.TryAcceptAsync(received, Cancel), Cancel);

        var clock = new TestClock();
        clock.Advance(TimeSpan.FromDays(12));
        await using var later = await StartAsync(_sidecar, clock);

        await Wait.UntilAsync(async () => (long)(await ExecuteAsync("SELECT count(*) FROM platform.inbox_events"))! == 1, "old rows stay");
        Assert.False(await later.Get<NpgsqlDataSource>().InTransactionAsync(tx => tx.TryAcceptAsync(received, Cancel), Cancel));
    }

    [Fact]
    public async Task An_event_is_accepted_once_and_again_only_if_that_was_rolled_back()
    {
        var received = new Received<ProfileUpdated>(Guid.CreateVersion7(), Profile(_user, 1));
        var db = _host.Get<NpgsqlDataSource>();

        await Assert.ThrowsAsync<InvalidOperationException>(() => db.InTransactionAsync(
            async tx =>
            {
                Assert.True(await tx.TryAcceptAsync(received, Cancel));
                throw new InvalidOperationException();
            },
            Cancel));
        var accepted = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => db.InTransactionAsync(tx => tx.TryAcceptAsync(received, Cancel), Cancel)));

        Assert.Single(accepted, first => first);
    }

    private static ProfileUpdated Profile(Guid user, long version) => new(user, "alice", "Alice", null, version, DateTimeOffset.UnixEpoch);

    private static IEnumerable<long> VersionsOf(TestSidecar sidecar, Guid user) =>
        sidecar.Published.Of<ProfileUpdated>().Where(profile => profile.UserId == user).Select(profile => profile.Version);

    private Task<PlatformHost> StartAsync(TestSidecar sidecar, TestClock? clock = null) => PlatformHost.StartAsync(
        sidecar,
        builder =>
        {
            builder.Configuration["ConnectionStrings:platform"] = _database.ConnectionString;
            builder.AddPostgres("platform", schema: "platform");
            if (clock is not null)
                builder.Services.AddSingleton<TimeProvider>(clock);
        },
        app => app.MapEvents(ProfileUpdated.Topic));

    private Task CommitManyAsync(Guid user, int count) => _host.Get<NpgsqlDataSource>().InTransactionAsync(
        async tx =>
        {
            for (var version = 1; version <= count; version++)
                await tx.EnqueueAsync(Profile(user, version), DateTimeOffset.UtcNow, Cancel);
        },
        Cancel);

    private static Task CommitAsync(PlatformHost host, ProfileUpdated profile) =>
        host.Get<NpgsqlDataSource>().InTransactionAsync(tx => tx.EnqueueAsync(profile, DateTimeOffset.UtcNow, Cancel), Cancel);

    private async Task<bool> TryCommitAsync(ProfileUpdated profile)
    {
        try
        {
            await CommitAsync(_host, profile);
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    private Task EmptyAsync() => Wait.UntilAsync(async () => await CountAsync() == 0, "the outbox was never empty");

    private async Task<long> CountAsync() => (long)(await ExecuteAsync("SELECT count(*) FROM platform.outbox_events"))!;

    private async Task<object?> ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(_database.ConnectionString);
        await connection.OpenAsync(Cancel);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(Cancel);
    }
}
