using ChatApp.Testing;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using MongoDB.Driver;
using MongoDB.Driver.Core.Events;

namespace ChatApp.Notification.Tests.Inbox;

/// <summary>One of several processes of the service, with one database. It can die, as far as the database can tell.</summary>
public sealed class Replica : NotificationApi
{
    private static readonly HashSet<string> Counted =
        ["memberships", "conversations", "notifications", "notification_preferences", "blocks", "user_directory"];

    private static readonly HashSet<string> Commands = ["find", "insert", "update", "delete", "aggregate"];

    private int _left = int.MaxValue;
    private int _asked;

    private Replica(MongoTestDatabase database)
        : base(() => Task.FromResult<ITestDatabase>(new Kept(database.ConnectionString)))
    {
    }

    /// <summary>How many commands the store got that were about events, not about the process itself.</summary>
    public int Asked => _asked;

    public static async Task<Replica> StartAsync(MongoTestDatabase database)
    {
        var replica = new Replica(database);
        await replica.InitializeAsync();
        return replica;
    }

    /// <summary>Lets so many more of them through to the store, then nothing at all.</summary>
    public void DieAfter(int commands) => _left = commands;

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        base.ConfigureWebHost(builder);
        var settings = MongoClientSettings.FromConnectionString(Database!.ConnectionString);
        settings.RetryReads = settings.RetryWrites = false;
        settings.ClusterConfigurator = cluster => cluster.Subscribe<CommandStartedEvent>(Pass);
        builder.ConfigureTestServices(services => services.AddSingleton<IMongoClient>(_ => new MongoClient(settings)));
    }

    private void Pass(CommandStartedEvent started)
    {
        if (!Commands.Contains(started.CommandName))
            return;

        var isCounted = Counted.Contains(started.Command[0].AsString);
        if (isCounted)
            Interlocked.Increment(ref _asked);
        if (isCounted ? Interlocked.Decrement(ref _left) < 0 : _left <= 0)
            throw new MongoException("This process is dead.");
    }

    /// <summary>A database that outlives the process.</summary>
    private sealed record Kept(string ConnectionString) : ITestDatabase
    {
        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
