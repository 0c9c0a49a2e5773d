using System.Text.Json;
using System.Text.Json.Nodes;
using ChatApp.Contracts;
using MongoDB.Bson;
using MongoDB.Driver;

namespace ChatApp.Chat.Tests.Rebuild;

/// <summary>Read models are damaged by hand; a check tells, a rebuild repairs, and meanwhile people write. A class for each, since a rebuild waits for what is on its way.</summary>
public abstract class RebuildTests : IAsyncLifetime
{
    protected ChatApi Api { get; } = new();

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => Api.InitializeAsync();

    public async ValueTask DisposeAsync()
    {
        await Api.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected async Task<(int Code, int Drifted)> RebuildAsync(string model, string state = "", bool check = false)
    {
        var (code, output) = await Api.CommandAsync(["rebuild", model, .. check ? (string[])["--check"] : []], state);
        return (code, JsonNode.Parse(output)!["drifted"]!.GetValue<int>());
    }

    protected static async Task WhileSendingAsync(Person sender, Guid conversation, Func<Task> work)
    {
        using var done = new CancellationTokenSource();
        var sending = Task.Run(async () =>
        {
            while (!done.IsCancellationRequested)
                await sender.SendAsync(conversation);
        });
        await work();
        await done.CancelAsync();
        await sending;
    }

    protected Task<UpdateResult> Conversation(Guid id, UpdateDefinition<BsonDocument> damage) =>
        Api.Store.GetCollection<BsonDocument>("conversations").UpdateOneAsync(Is(id), damage, cancellationToken: Cancel);

    protected static ProfileUpdated Profile(Guid id, string name, long version) => new(id, $"{name.ToLowerInvariant()}_{id:N}", name, null, version, DateTimeOffset.UtcNow);

    protected static string State<T>(params T[] events)
        where T : IEvent =>
        string.Concat(events.Select(@event => $"{T.Type} {JsonSerializer.Serialize(@event, typeof(T), EventJson.Default)}\n")) + $"end {events.Length}\n";

    protected static FilterDefinition<BsonDocument> Is(Guid id) => Builders<BsonDocument>.Filter.Eq("_id", new BsonBinaryData(id, GuidRepresentation.Standard));

    protected static FilterDefinition<BsonDocument> Mark(Guid conversation, Person person) =>
        Builders<BsonDocument>.Filter.Eq("conversationId", new BsonBinaryData(conversation, GuidRepresentation.Standard))
        & Builders<BsonDocument>.Filter.Eq("userId", new BsonBinaryData(person.Id, GuidRepresentation.Standard));
}
