using System.Text.Json;
using ChatApp.Contracts;
using Dapr;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ChatApp.Platform.Messaging;

/// <summary>An event as it arrived. Delivery is at least once: <paramref name="Id"/> is the same each time.</summary>
/// <param name="PublishedAt">By the clock of the publisher's sidecar, to the second; null where the envelope does not say.</param>
public sealed record Received<T>(Guid Id, T Event, DateTimeOffset? PublishedAt = null)
    where T : IEvent;

/// <summary>Handles one topic: one route, which hands each event to the handler of its type.</summary>
public static class Events
{
    /// <summary>
    /// Subscribes to <paramref name="topic"/>. Types without a handler are acknowledged: a service reads only what it needs. An event that can't be read is
    /// dropped to the service's dead letters; a handler that throws is called again later.
    /// </summary>
    public static TopicHandlers MapEvents(this WebApplication app, string topic, string pubSub = EventPublisher.PubSub)
    {
        var handlers = new TopicHandlers();
        var logger = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(Events));
        app.MapPost($"/events/{topic}", async (HttpRequest request, CancellationToken ct) => await HandleAsync(handlers, request, logger, ct))
            .WithTopic(new TopicOptions
            {
                PubsubName = pubSub,
                Name = topic,
                DeadLetterTopic = $"{app.Configuration["APP_ID"] ?? app.Environment.ApplicationName}.deadletters",
            })
            .AllowAnonymous()
            .ExcludeFromDescription();
        return handlers;
    }

    private static async Task<IResult> HandleAsync(TopicHandlers handlers, HttpRequest request, ILogger logger, CancellationToken ct)
    {
        Func<CancellationToken, Task>? handle;
        try
        {
            using var envelope = await JsonDocument.ParseAsync(request.Body, cancellationToken: ct);
            handle = handlers.Read(envelope.RootElement);
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or FormatException or InvalidOperationException)
        {
            logger.LogError("Dropped an event from {Path} that can't be read: {Reason}", request.Path, exception.Message);
            return TypedResults.Text("""{"status":"DROP"}""", "application/json");
        }

        if (handle is not null)
            await handle(ct);

        return TypedResults.Ok();
    }
}

/// <summary>The handlers of one topic, by event type.</summary>
public sealed class TopicHandlers
{
    private readonly Dictionary<string, Func<JsonElement, Func<CancellationToken, Task>>> _byType = [];

    /// <summary><paramref name="handle"/> must be safe to run twice, and when events of one aggregate pass each other.</summary>
    public TopicHandlers On<T>(Func<Received<T>, CancellationToken, Task> handle)
        where T : IEvent
    {
        _byType.Add(T.Type, envelope =>
        {
            var data = (T?)envelope.GetProperty("data").Deserialize(typeof(T), EventJson.Default) ?? throw new JsonException("The event has no data.");
            var received = new Received<T>(envelope.GetProperty("id").GetGuid(), data, TimeOf(envelope));
            return ct => handle(received, ct);
        });
        return this;
    }

    /// <summary>What is to be done about an event; null when nobody here reads its type. Throws when it can't be read.</summary>
    internal Func<CancellationToken, Task>? Read(JsonElement envelope)
    {
        var type = envelope.GetProperty("type").GetString() ?? throw new JsonException("The event has no type.");
        return _byType.TryGetValue(type, out var read) ? read(envelope) : null;
    }

    private static DateTimeOffset? TimeOf(JsonElement envelope) =>
        envelope.TryGetProperty("time", out var time) && time.ValueKind == JsonValueKind.String && time.TryGetDateTimeOffset(out var published)
            ? published
            : null;
}
