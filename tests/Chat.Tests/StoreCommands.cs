using System.Collections.Concurrent;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using MongoDB.Driver;
using MongoDB.Driver.Core.Events;

namespace ChatApp.Chat.Tests;

/// <summary>The commands that a process sends to the store, in order, such as <c>insert messages</c>. What it does now and then by itself is left out.</summary>
public sealed class StoreCommands
{
    private static readonly HashSet<string> Upkeep = ["checkpoints", "dead_letters"];

    private readonly ConcurrentQueue<string> _sent = new();

    public IReadOnlyList<string> All => [.. _sent];

    public int Count(string command) => _sent.Count(sent => sent == command);

    public void Clear() => _sent.Clear();

    public void Record(IWebHostBuilder builder, string connectionString)
    {
        var settings = MongoClientSettings.FromConnectionString(connectionString);
        settings.ClusterConfigurator = cluster => cluster.Subscribe<CommandStartedEvent>(started =>
        {
            if (started.Command.ElementCount > 0 && started.Command[0] is { IsString: true } collection && !Upkeep.Contains(collection.AsString))
                _sent.Enqueue($"{started.CommandName} {collection}");
        });
        builder.ConfigureTestServices(services => services.AddSingleton<IMongoClient>(_ => new MongoClient(settings)));
    }
}
