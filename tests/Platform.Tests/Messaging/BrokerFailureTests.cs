using ChatApp.Testing;

namespace ChatApp.Platform.Tests.Messaging;

/// <summary>What waits while the broker, or a part of it, takes nothing.</summary>
public sealed class BrokerFailureTests : ThingsTest
{
    private readonly Guid _user = Guid.CreateVersion7();
    private readonly Guid _stuck = Guid.CreateVersion7();

    [Fact]
    public async Task What_is_written_while_the_broker_is_down_goes_out_in_order_when_it_is_back()
    {
        await using var host = await StartAsync();
        Sidecar.RefusesEvents = true;
        for (var version = 1; version <= 30; version++)
            await WriteAsync(host, Thing.Of(_user, version));
        await Wait.UntilAsync(() => host.Log.Lines.Any(line => line.Contains("wait in the outbox", StringComparison.Ordinal)), "nothing was tried");

        Sidecar.RefusesEvents = false;
        await PublishedAsync(_user, 30);

        Assert.Equal(To(30), VersionsOf(_user));
    }

    [Fact]
    public async Task What_is_written_while_the_sidecar_is_away_goes_out_in_order_when_it_is_back()
    {
        await using var host = await StartAsync();
        var answered = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        Sidecar.Takes = _ => answered.Task;
        Sidecar.Refuses = _ => throw new InvalidOperationException("The connection breaks.");
        for (var version = 1; version <= 30; version++)
            await WriteAsync(host, Thing.Of(_user, version));
        await Wait.UntilAsync(() => Sidecar.Requests.Count > 3, "it was not tried again");

        Sidecar.Refuses = _ => false;
        answered.SetResult(true);
        await PublishedAsync(_user, 30);

        Assert.Equal(To(30), VersionsOf(_user));
    }

    [Fact]
    public async Task An_event_that_fails_holds_up_its_own_key_alone()
    {
        await using var host = await StartAsync();
        Sidecar.Takes = recorded => Task.FromResult(recorded.Key != $"{_stuck}");
        await WriteAsync(host, Thing.Many(_stuck, 3));
        for (var version = 1; version <= 20; version++)
        {
            await WriteAsync(host, Thing.Of(_user, version));
            await PublishedAsync(_user, version);
        }

        Assert.Empty(VersionsOf(_stuck));
        Sidecar.Takes = _ => Task.FromResult(true);
        await PublishedAsync(_stuck, 3);

        Assert.Equal(To(3), VersionsOf(_stuck));
        Assert.Equal(To(20), VersionsOf(_user));
    }

    [Fact]
    public async Task An_event_that_no_request_can_carry_is_found_and_the_others_go_out()
    {
        await using var host = await StartAsync();
        Sidecar.Refuses = batch => batch.Any(recorded => recorded.Key == $"{_stuck}");
        Guid[] others = [.. Enumerable.Range(0, 150).Select(_ => Guid.CreateVersion7())];
        await WriteAsync(host, [.. others[..50].Append(_stuck).Concat(others[50..]).Select(user => Thing.Of(user, 1))]);

        await Sidecar.Published.WaitForAsync(() => others.All(user => VersionsOf(user).Count > 0), "others wait for it");
        // From now on it fails for itself.
        Sidecar.Requests.Clear();
        await Wait.UntilAsync(() => Sidecar.Requests.Count > 3, "it was not tried again");
        Assert.All(Sidecar.Requests, events => Assert.Equal(1, events));

        Sidecar.Refuses = _ => false;
        await PublishedAsync(_stuck, 1);
        Assert.Equal(151, Sidecar.Published.All.Count);
    }

    [Fact]
    public async Task More_than_memory_holds_for_one_key_is_read_again_when_it_can_be_published()
    {
        await using var host = await StartAsync(new FastClock(10));
        Sidecar.Takes = recorded => Task.FromResult(recorded.Key != $"{_stuck}");
        await WriteAsync(host, Thing.Many(_stuck, 1_500));
        await WriteAsync(host, Thing.Of(_user, 1));
        await PublishedAsync(_user, 1);

        Sidecar.Takes = _ => Task.FromResult(true);
        await PublishedAsync(_stuck, 1_500);
        await host.StopAsync();

        Assert.Equal(To(1_000), VersionsOf(_stuck).Take(1_000));
        Assert.InRange(VersionsOf(_stuck).Count, 1_500, 3_000);
    }

    [Fact]
    public async Task What_found_no_room_is_not_published_over_and_over_while_its_key_is_stuck()
    {
        await using var host = await StartAsync(new FastClock(50));
        Sidecar.Takes = recorded => Task.FromResult(recorded.Key != $"{_stuck}");
        await WriteAsync(host, Thing.Many(_stuck, 1_100));
        await WriteAsync(host, [.. Thing.Many(_user, 20), .. Thing.Many(_stuck, 20)]);
        await PublishedAsync(_user, 20);
        Sidecar.Requests.Clear();
        // Long enough for many sweeps.
        await Wait.UntilAsync(() => Sidecar.Requests.Count > 20, "the key was not tried again");

        Assert.Equal(To(20), VersionsOf(_user));
    }
}
