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

    /// <summary>The plan of every kind of command on these collections. Fill them first: a small collection is read whole.</summary>
    public async Task<IReadOnlyList<MongoPlan>> ExplainAsync(IMongoDatabase db, params IReadOnlyList<string> collections)
    {
        List<MongoPlan> plans = [];
        foreach (var command in _commands.Values.Where(command => collections.Contains(command[0].AsString)))
        {
            var plan = await db.RunCommandAsync<BsonDocument>(new BsonDocument { ["explain"] = command, ["verbosity"] = "queryPlanner" });
            plans.Add(new MongoPlan(command, plan["queryPlanner"]["winningPlan"].AsBsonDocument));
        }

        return plans;
    }

    /// <summary>The commands; those that differ in values only are one, the last of them.</summary>
    public IReadOnlyCollection<BsonDocument> Commands => [.. _commands.Values];

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
        foreach (var single in Singles(command))
            _commands[Shape(single)] = single;
    }

    /// <summary>A command of many updates has a plan for each. DocumentDB plans no findAndModify: it begins with finding.</summary>
    private static IEnumerable<BsonDocument> Singles(BsonDocument command)
    {
        if (command.TryGetValue("findAndModify", out var collection))
            return [new BsonDocument { ["find"] = collection, ["filter"] = command["query"], ["limit"] = 1 }];

        var many = command.Names.FirstOrDefault(name => name is "updates" or "deletes");
        return many is null ? [command] : command[many].AsBsonArray.Select(one => new BsonDocument(command) { [many] = new BsonArray { one } });
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

/// <summary>A command and what the engine would do for it.</summary>
public sealed record MongoPlan(BsonDocument Command, BsonDocument Winning)
{
    public bool Scans => Winning.ToJson().Contains("COLLSCAN", StringComparison.Ordinal);

    /// <summary>The indexes that it reads, as <c>collection.index</c>.</summary>
    public IEnumerable<string> Indexes => IndexesOf(Winning).Select(index => $"{Command[0]}.{index}");

    public override string ToString() => $"{Command.ToJson()} is planned as {Winning.ToJson()}";

    private static IEnumerable<string> IndexesOf(BsonValue stage) => stage switch
    {
        BsonDocument document => (document.TryGetValue("indexName", out var name) ? [name.AsString] : Enumerable.Empty<string>()).Concat(document.Values.SelectMany(IndexesOf)),
        BsonArray array => array.SelectMany(IndexesOf),
        _ => [],
    };
}
