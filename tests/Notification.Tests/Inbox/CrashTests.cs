using System.Net;
using ChatApp.Contracts;
using ChatApp.Testing;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;

namespace ChatApp.Notification.Tests.Inbox;

/// <summary>The service dies between storing a notification and announcing it.</summary>
public sealed class CrashTests : IAsyncDisposable
{
    private readonly MongoTestDatabase _database = new();
    private readonly Guid _alice = Guid.CreateVersion7(), _bob = Guid.CreateVersion7();

    [Fact]
    public async Task What_was_stored_is_announced_after_the_restart_and_a_second_delivery_adds_nothing()
    {
        var lunch = Conversation.Direct(_alice, _bob);
        var (sent, id) = (lunch.Say(_alice, "Hi"), Guid.CreateVersion7());
        await using (var first = await StartAsync(TimeProvider.System))
        {
            first.Sidecar.RefusesEvents = true;
            await TakeAsync(first, sent, id);
        }

        var clock = new TestClock();
        clock.Advance(TimeSpan.FromMinutes(1));
        await using var second = await StartAsync(clock);
        await TakeAsync(second, sent, id);

        await second.Published.NextAsync<NotificationCreated>(created => created.UserId == _bob && created.Text == "Hi");
        await TakeAsync(second, lunch.Say(_alice, "the last"), Guid.CreateVersion7());
        await second.Published.NextAsync<NotificationCreated>(created => created.Text == "the last");
        Assert.Equal(2, second.Published.Of<NotificationCreated>().Count);
    }

    public async ValueTask DisposeAsync() => await _database.DisposeAsync();

    private async Task<Replica> StartAsync(TimeProvider time)
    {
        var replica = new Replica(_database, time);
        await replica.InitializeAsync();
        return replica;
    }

    private static async Task TakeAsync<T>(Replica replica, T @event, Guid id)
        where T : IEvent
    {
        using var response = await replica.DeliverAsync(@event, id);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    private sealed class Replica(MongoTestDatabase database, TimeProvider time)
        : ServiceApi<Program>("notification", () => Task.FromResult<ITestDatabase>(new Kept(database.ConnectionString)))
    {
        protected override void ConfigureWebHost(IWebHostBuilder builder)
        {
            base.ConfigureWebHost(builder);
            builder.ConfigureTestServices(services => services.AddSingleton(time));
        }
    }

    /// <summary>A database that outlives the process.</summary>
    private sealed record Kept(string ConnectionString) : ITestDatabase
    {
        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
