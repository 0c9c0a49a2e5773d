using System.Text.Json.Nodes;
using ChatApp.Contracts;
using ChatApp.Platform.Database;
using ChatApp.Testing;
using MongoDB.Bson;
using MongoDB.Driver;

namespace ChatApp.Notification.Tests.Rebuild;

/// <summary>The service's copies, damaged and made as their owners have them. A class for each, since a rebuild waits for what is on its way.</summary>
public abstract class RebuildTests : IAsyncLifetime
{
    protected NotificationApi Api { get; } = new();
    protected Guid Ann { get; } = Guid.CreateVersion7();

    protected Guid Bob { get; } = Guid.CreateVersion7();

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => Api.InitializeAsync();

    public async ValueTask DisposeAsync()
    {
        await Api.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected async Task RepairsAsync(string model, int drifted, string state)
    {
        Assert.Equal((1, drifted), await RebuildAsync(model, state, check: true));
        Assert.Equal((0, drifted), await RebuildAsync(model, state));
        Assert.Equal((0, 0), await RebuildAsync(model, state, check: true));
    }

    protected async Task<(int Code, int Drifted)> RebuildAsync(string model, string state, bool check = false)
    {
        var (code, output) = await Api.CommandAsync(["rebuild", model, .. check ? (string[])["--check"] : []], state);
        return (code, JsonNode.Parse(output)!["drifted"]!.GetValue<int>());
    }

    protected IMongoCollection<BsonDocument> Collection(string name) => ((MongoTestDatabase)Api.Database!).Open().GetCollection<BsonDocument>(name);

    protected static ProfileUpdated Profile(Guid id, string name, long version) => new(id, name.ToLowerInvariant(), name, null, version, DateTimeOffset.UtcNow);

    protected static string State(params IReadOnlyCollection<object> events) =>
        string.Concat(events.Select(told => $"{EventHistory.Write(told)}\n")) + $"end {events.Count}\n";

    /// <summary>The owner's state, which comes after something else has happened.</summary>
    protected sealed class LateState(string text, Func<Task> first) : StringReader(text)
    {
        private Func<Task>? _first = first;

        public override async ValueTask<string?> ReadLineAsync(CancellationToken cancellationToken)
        {
            if (Interlocked.Exchange(ref _first, null) is { } happens)
                await happens();
            return await base.ReadLineAsync(cancellationToken);
        }
    }
}
