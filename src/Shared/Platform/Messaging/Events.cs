using System.Text.Json;
using ChatApp.Contracts;
using Dapr;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.DependencyInjection;

namespace ChatApp.Platform.Messaging;

/// <summary>An event as it arrived. Delivery is at least once: <paramref name="Id"/> is the same each time.</summary>
/// <param name="PublishedAt">By the clock of the publisher's sidecar, to the second; null where the envelope does not say.</param>
public sealed record Received<T>(Guid Id, T Event, DateTimeOffset? PublishedAt = null)
    where T : IEvent;

/// <summary>Handles one topic: one route, which hands each event to the handler of its type.</summary>
public static class Events
{
    /// <summary>An event of the largest size that Dapr carries, 4 MiB, with its bytes in base64: what is too large for a handler must reach it to be dropped.</summary>
    internal const int MaxBody = 8 * 1024 * 1024;

    /// <summary>
    /// Subscribes to <paramref name="topic"/>. Types without a handler are acknowledged: a service reads only what it needs. An event that can't be read is
    /// dropped to the service's dead letters; a handler that throws is called again later.
    /// </summary>
    /// <param name="pubSub">Only <see cref="EventPublisher.PubSub"/> has dead letters: what fails elsewhere is left behind.</param>
    public static TopicHandlers MapEvents(this WebApplication app, string topic, string pubSub = EventPublisher.PubSub)
    {
        var deadLetters = pubSub == EventPublisher.PubSub ? DeadLetterTopic(app) : null;
        var handlers = new TopicHandlers();
        var route = ActivatorUtilities.CreateInstance<TopicRoute>(app.Services, topic, handlers);
        app.MapTopic($"/events/{topic}", new TopicOptions { PubsubName = pubSub, Name = topic, DeadLetterTopic = deadLetters }, route.HandleAsync);

        if (deadLetters is not null && app.Services.GetRequiredService<Subscriptions>().Add(topic, handlers))
            app.MapDeadLetters(deadLetters);
        return handlers;
    }

    internal static void MapTopic(this WebApplication app, string path, TopicOptions options, Func<HttpRequest, CancellationToken, Task<IResult>> handle) =>
        app.MapPost(path, handle)
            .WithTopic(options)
            .WithMetadata(new RequestSizeLimitAttribute(MaxBody))
            .AllowAnonymous()
            .ExcludeFromDescription();

    internal static async Task<byte[]> ReadBodyAsync(this HttpRequest request, CancellationToken ct)
    {
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, ct);
        return body.ToArray();
    }

    private static string DeadLetterTopic(WebApplication app) => $"{app.Configuration["APP_ID"] ?? app.Environment.ApplicationName}.deadletters";
}

/// <summary>What this service has subscribed to, with dead letters.</summary>
internal sealed class Subscriptions
{
    private readonly Dictionary<string, TopicHandlers> _byTopic = [];

    public bool Any => _byTopic.Count > 0;

    /// <returns>Whether it is the first.</returns>
    public bool Add(string topic, TopicHandlers handlers)
    {
        _byTopic.Add(topic, handlers);
        return _byTopic.Count == 1;
    }

    public TopicHandlers? Find(string? topic) => topic is null ? null : _byTopic.GetValueOrDefault(topic);
}

/// <summary>The handlers of one topic, by event type.</summary>
public sealed class TopicHandlers
{
    private readonly Dictionary<string, Func<JsonElement, ReadEvent>> _byType = [];

    /// <summary><paramref name="handle"/> must be safe to run twice, and when events of one aggregate pass each other.</summary>
    public TopicHandlers On<T>(Func<Received<T>, CancellationToken, Task> handle)
        where T : IEvent
    {
        _byType.Add(T.Type, envelope =>
        {
            var data = (T?)envelope.GetProperty("data").Deserialize(typeof(T), EventJson.Default) ?? throw new JsonException("The event has no data.");
            var received = new Received<T>(envelope.GetProperty("id").GetGuid(), data, TimeOf(envelope));
            return new ReadEvent(received.Id, ct => handle(received, ct));
        });
        return this;
    }

    /// <summary>What is to be done about an event; null when nobody here reads its type.</summary>
    /// <exception cref="UnreadableEventException">It can't be read, now or later.</exception>
    internal ReadEvent? Read(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var envelope = JsonDocument.Parse(body);
            return Read(envelope.RootElement);
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or FormatException or InvalidOperationException)
        {
            throw new UnreadableEventException(exception.Message, exception);
        }
    }

    private ReadEvent? Read(JsonElement envelope)
    {
        var type = envelope.GetProperty("type").GetString() ?? throw new JsonException("The event has no type.");
        if (_byType.TryGetValue(type, out var read))
            return read(envelope);

        // Somebody counts on its being read here: a version that this program does not know is no event that nobody wants.
        return _byType.Keys.Any(known => WithoutVersion(known) == WithoutVersion(type))
            ? throw new JsonException($"{type} is a version that this program does not know.")
            : null;
    }

    private static string WithoutVersion(string type) => type.LastIndexOf(".v", StringComparison.Ordinal) is > 0 and var end ? type[..end] : type;

    private static DateTimeOffset? TimeOf(JsonElement envelope) =>
        envelope.TryGetProperty("time", out var time) && time.ValueKind == JsonValueKind.String && time.TryGetDateTimeOffset(out var published)
            ? published
            : null;
}

/// <summary>An event that a handler is here for.</summary>
internal sealed record ReadEvent(Guid Id, Func<CancellationToken, Task> HandleAsync);

/// <summary>An event that no attempt will make readable.</summary>
internal sealed class UnreadableEventException(string message, Exception inner) : Exception(message, inner);
