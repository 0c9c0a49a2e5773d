using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ChatApp.Contracts;
using Dapr;
using Dapr.AspNetCore;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.DependencyInjection;

namespace ChatApp.Platform.Messaging;

/// <summary>An event as it arrived. Delivery is at least once: <paramref name="Id"/> is the same each time.</summary>
/// <param name="PublishedAt">By the clock of the publisher; null where the envelope does not say.</param>
public abstract record Received(Guid Id, DateTimeOffset? PublishedAt);

/// <param name="Data">The event's JSON as it was published, for who only passes it on. Good until the handler returns.</param>
public sealed record Received<T>(Guid Id, T Event, DateTimeOffset? PublishedAt = null, ReadOnlyMemory<byte> Data = default) : Received(Id, PublishedAt)
    where T : IEvent;

/// <summary>How a topic is delivered: up to <paramref name="MaxEvents"/> in one call, or what came within <paramref name="Window"/>.</summary>
public sealed record Batching(int MaxEvents, TimeSpan Window)
{
    /// <summary>For what somebody waits for.</summary>
    public static readonly Batching Soon = new(100, TimeSpan.FromMilliseconds(5));

    /// <summary>For what nobody waits for: as much as possible at once.</summary>
    public static readonly Batching Later = new(500, TimeSpan.FromSeconds(1));
}

/// <summary>Handles one topic: one route, which hands each event to the handler of its type.</summary>
public static class Events
{
    /// <summary>A batch of events, one of which may have the largest size that Dapr carries, 4 MiB: what is too large for a handler must reach it to be dropped.</summary>
    internal const int MaxBody = 32 * 1024 * 1024;

    /// <summary>
    /// Subscribes to <paramref name="topic"/>, in bulk. Types without a handler are acknowledged: a service reads only what it needs. An event that can't be
    /// read is dropped to the service's dead letters; one whose handler throws comes again later.
    /// </summary>
    /// <param name="pubSub">Only <see cref="EventPublisher.PubSub"/> has dead letters: what fails elsewhere is left behind.</param>
    public static TopicHandlers MapEvents(this WebApplication app, string topic, Batching batching, string pubSub = EventPublisher.PubSub)
    {
        var deadLetters = pubSub == EventPublisher.PubSub ? DeadLetterTopic(app) : null;
        var handlers = new TopicHandlers();
        var route = ActivatorUtilities.CreateInstance<TopicRoute>(app.Services, topic, handlers);
        app.MapTopic($"/events/{topic}", new TopicOptions { PubsubName = pubSub, Name = topic, DeadLetterTopic = deadLetters }, route.HandleAsync)
            .WithBulkSubscribe(new BulkSubscribeTopicOptions
            {
                TopicName = topic,
                MaxMessagesCount = batching.MaxEvents,
                MaxAwaitDurationMs = (int)batching.Window.TotalMilliseconds,
            });

        if (deadLetters is not null && app.Services.GetRequiredService<Subscriptions>().Add(topic, handlers))
            app.MapDeadLetters(deadLetters);
        return handlers;
    }

    internal static RouteHandlerBuilder MapTopic(
        this WebApplication app, string path, TopicOptions options, Func<HttpRequest, CancellationToken, Task<IResult>> handle) =>
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
    private readonly Dictionary<string, Func<JsonElement, Received>> _byType = [];
    private readonly Dictionary<Type, Func<Received, CancellationToken, Task>> _handlers = [];

    /// <summary>Handles all events of a delivery at once; null where each is handled on its own.</summary>
    internal Func<IReadOnlyList<Received>, CancellationToken, Task>? Batch { get; private set; }

    /// <summary><paramref name="handle"/> must be safe to run twice, and when events of one aggregate pass each other.</summary>
    public TopicHandlers On<T>(Func<Received<T>, CancellationToken, Task> handle)
        where T : IEvent
    {
        _handlers.Add(typeof(Received<T>), (received, ct) => handle((Received<T>)received, ct));
        return Read<T>();
    }

    /// <summary>Reads this type for the handler of batches.</summary>
    /// <param name="json">For a type of the reader's own, with only those fields of the event that it needs.</param>
    public TopicHandlers Read<T>(JsonTypeInfo<T>? json = null)
        where T : IEvent
    {
        var type = json ?? EventJson.Default.GetTypeInfo(typeof(T))!;
        _byType.Add(T.Type, envelope =>
        {
            var data = envelope.GetProperty("data");
            var read = (T?)data.Deserialize(type) ?? throw new JsonException("The event has no data.");
            return new Received<T>(envelope.GetProperty("id").GetGuid(), read, TimeOf(envelope), JsonMarshal.GetRawUtf8Value(data).ToArray());
        });
        return this;
    }

    /// <summary>
    /// Handles the events of a delivery together. If that fails, each is tried on its own, so that one bad event does not hold up the others. Must be safe to run
    /// twice, and when events of one aggregate pass each other: some brokers lose the order within a batch.
    /// </summary>
    public TopicHandlers InBatches(Func<IReadOnlyList<Received>, CancellationToken, Task> handle)
    {
        Batch = handle;
        return this;
    }

    /// <summary>What an event says; null when nobody here reads its type.</summary>
    /// <param name="body">A CloudEvent.</param>
    /// <exception cref="UnreadableEventException">It can't be read, now or later.</exception>
    internal Received? Read(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var envelope = JsonDocument.Parse(body);
            return Read(envelope.RootElement);
        }
        catch (JsonException exception)
        {
            throw new UnreadableEventException(exception.Message, exception);
        }
    }

    /// <summary>The same, of a CloudEvent that is part of a larger document.</summary>
    internal Received? Read(JsonElement envelope)
    {
        try
        {
            var type = envelope.GetProperty("type").GetString() ?? throw new JsonException("The event has no type.");
            if (_byType.TryGetValue(type, out var read))
                return read(envelope);

            // Somebody counts on its being read here: a version that this program does not know is no event that nobody wants.
            return _byType.Keys.Any(known => WithoutVersion(known) == WithoutVersion(type))
                ? throw new JsonException($"{type} is a version that this program does not know.")
                : null;
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or FormatException or InvalidOperationException)
        {
            throw new UnreadableEventException(exception.Message, exception);
        }
    }

    internal Task HandleAsync(Received received, CancellationToken ct) =>
        Batch is { } batch ? batch([received], ct) : _handlers[received.GetType()](received, ct);

    private static string WithoutVersion(string type) => type.LastIndexOf(".v", StringComparison.Ordinal) is > 0 and var end ? type[..end] : type;

    private static DateTimeOffset? TimeOf(JsonElement envelope) =>
        envelope.TryGetProperty("time", out var time) && time.ValueKind == JsonValueKind.String && time.TryGetDateTimeOffset(out var published)
            ? published
            : null;
}

/// <summary>An event that no attempt will make readable.</summary>
internal sealed class UnreadableEventException(string message, Exception inner) : Exception(message, inner);
