using System.Collections.Concurrent;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using MongoDB.Bson;
using MongoDB.Bson.Serialization;
using MongoDB.Driver;
using MongoDB.Driver.Core.Events;

namespace ChatApp.Testing;

/// <summary>The commands that a service really sends to MongoDB, and the engine's plans for them.</summary>
public sealed class MongoPlans
{
    private static readonly HashSet<string> Planned = ["find", "aggregate", "update", "delete", "findAndModify", "count", "distinct"];
    private static readonly string[] OfTheSession = ["lsid", "txnNumber", "$db", "$clusterTime", "$readPreference", "readConcern", "writeConcern"];

    private readonly ConcurrentDictionary<string, BsonDocument> _commands = new();

    /// <summary>Gives the service a client that tells of its commands.</summary>
    public void Record(IWebHostBuilder builder, ITestDatabase database)
    {
        var settings = MongoClientSettings.FromConnectionString(database.ConnectionString);
        settings.ClusterConfigurator = cluster => cluster.Subscribe<CommandStartedEvent>(Record);
        builder.ConfigureTestServices(services => services.AddSingleton<IMongoClient>(_ => new MongoClient(settings)));
    }

    /// <summary>Every kind of command on these collections that reads one of them from end to end, with its plan. Fill them first: a small collection is read whole.</summary>
    public async Task<IReadOnlyList<string>> ScansAsync(IMongoDatabase db, params string[] collections)
    {
        List<string> scans = [];
        foreach (var command in _commands.Values.Where(command => collections.Contains(command[0].AsString)))
        {
            var plan = await db.RunCommandAsync<BsonDocument>(new BsonDocument { ["explain"] = command, ["verbosity"] = "queryPlanner" });
            var winning = plan["queryPlanner"]["winningPlan"].ToJson();
            if (winning.Contains("COLLSCAN", StringComparison.Ordinal))
                scans.Add($"{command.ToJson()} is planned as {winning}");
        }

        return scans;
    }

    /// <summary>Collections that a recorded command was about.</summary>
    public IReadOnlyList<string> Collections => [.. _commands.Values.Select(command => command[0].AsString).Distinct().Order(StringComparer.Ordinal)];

    private void Record(CommandStartedEvent started)
    {
        if (!Planned.Contains(started.CommandName))
            return;

        // The event's document is gone when this returns.
        var command = BsonSerializer.Deserialize<BsonDocument>(started.Command.ToBson());
        foreach (var name in OfTheSession)
            command.Remove(name);
        _commands[Shape(command)] = command;
    }

    /// <summary>Commands that differ in values only have one plan: the last of them stands for all.</summary>
    private static string Shape(BsonValue value) => value switch
    {
        BsonDocument document => $"{{{string.Join(",", document.Select(element => $"{element.Name}:{Shape(element.Value)}"))}}}",
        BsonArray array => $"[{string.Join(",", array.Select(Shape).Distinct())}]",
        BsonString text => text.Value,
        _ => value.BsonType.ToString(),
    };
}
