using System.Net.Http.Json;
using ChatApp.Contracts;
using ChatApp.Testing;

namespace ChatApp.Notification.Tests;

/// <summary>The notification service on a database of its own, with verbs for what its tests do.</summary>
public class NotificationApi : ServiceApi<Program>
{
    public NotificationApi()
        : this(() => Task.FromResult<ITestDatabase>(MongoTestDatabase.Used("notification")))
    {
    }

    protected NotificationApi(Func<Task<ITestDatabase>> database)
        : base("notification", database)
    {
    }

    protected override IEnumerable<KeyValuePair<string, string?>> Settings => [new("Inbox:BatchInterval", "00:00:00")];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Delivers events one after the other, each of which must be taken.</summary>
    public async Task HearAsync<T>(params T[] events)
        where T : IEvent
    {
        foreach (var @event in events)
            await HearAgainAsync(@event, Guid.CreateVersion7());
    }

    public async Task HearAgainAsync<T>(T @event, Guid id)
        where T : IEvent => Assert.Equal("SUCCESS", await DeliverAsync(@event, id));

    /// <summary>Delivers events of one topic as one batch.</summary>
    public async Task HearTogetherAsync<T>(params IEnumerable<T> events)
        where T : IEvent =>
        Assert.All(await DeliverAsync(T.Topic, [.. events.Select(@event => Delivery.Of(@event))]), status => Assert.Equal("SUCCESS", status));

    /// <summary>Begins a conversation.</summary>
    internal async Task<Conversation> BeginAsync(Conversation conversation)
    {
        await HearAsync(conversation.Begin);
        return conversation;
    }

    public async Task<Page> InboxAsync(Guid userId, string query = "")
    {
        using var client = ClientFor(userId);
        return (await client.GetFromJsonAsync<Page>($"/notifications{query}", Cancel))!;
    }

    public async Task<long> UnreadAsync(Guid userId)
    {
        using var client = ClientFor(userId);
        return (await client.GetFromJsonAsync<Count>("/notifications/unread-count", Cancel))!.Value;
    }

    public async Task<HttpResponseMessage> PutAsync(Guid userId, string path, object? body = null)
    {
        using var client = ClientFor(userId);
        return await client.PutAsync(path, body is null ? null : JsonContent.Create(body), Cancel);
    }

    /// <summary>What was told of a user's entries, in this order.</summary>
    public IEnumerable<InboxEntry> ToldOf(Guid userId) =>
        Published.Of<InboxChanged>().SelectMany(changed => changed.Entries).Where(entry => entry.UserId == userId);

    /// <summary>Waits for an entry to be told.</summary>
    public async Task<InboxEntry> ToldAsync(Guid userId, Func<InboxEntry, bool> fits)
    {
        await Wait.UntilAsync(() => ToldOf(userId).Any(fits), "no inbox entry that fits was told");
        return ToldOf(userId).First(fits);
    }

    private sealed record Count([property: System.Text.Json.Serialization.JsonPropertyName("count")] long Value);
}

/// <summary>A page of the inbox as a client reads it.</summary>
public sealed record Page(IReadOnlyList<Item> Items, string? Next);

public sealed record Item(
    Guid Id,
    string Kind,
    Guid ActorId,
    string Title,
    string? Text,
    Guid? ConversationId,
    long? FirstSeq,
    long? LastSeq,
    long Count,
    DateTimeOffset UpdatedAt,
    DateTimeOffset? ReadAt)
{
    public static Item Of(InboxEntry entry) => new(
        entry.NotificationId,
        entry.Kind,
        entry.ActorId,
        entry.Title,
        entry.Text,
        entry.ConversationId,
        entry.FirstSeq,
        entry.LastSeq,
        entry.Count,
        entry.UpdatedAt,
        entry.ReadAt);
}
