using System.Net;
using System.Net.Http.Json;
using ChatApp.Contracts;
using ChatApp.Testing;

namespace ChatApp.Notification.Tests;

/// <summary>The notification service on a database of its own, with verbs for what its tests do.</summary>
public sealed class NotificationApi() : ServiceApi<Program>("notification", () => Task.FromResult<ITestDatabase>(new MongoTestDatabase()))
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Delivers events one after the other, each of which must be taken.</summary>
    public async Task HearAsync<T>(params T[] events)
        where T : IEvent
    {
        foreach (var @event in events)
            await HearAgainAsync(@event, Guid.CreateVersion7());
    }

    public async Task HearAgainAsync<T>(T @event, Guid id)
        where T : IEvent
    {
        using var response = await DeliverAsync(@event, id);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("", await response.Content.ReadAsStringAsync(Cancel));
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

    private sealed record Count([property: System.Text.Json.Serialization.JsonPropertyName("count")] long Value);
}

/// <summary>A page of the inbox as a client reads it.</summary>
public sealed record Page(IReadOnlyList<Item> Items, string? Next);

public sealed record Item(
    Guid Id, string Kind, Guid ActorId, string Title, string? Text, Guid? ConversationId, long? Seq, DateTimeOffset CreatedAt, DateTimeOffset? ReadAt);
