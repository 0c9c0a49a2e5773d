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

/// <summary>Handles one topic: one route, which hands each event to the handler of its type.</summary>
public static class Events
{
    /// <summary>A batch of events, one of which may have the largest size that Dapr carries, 4 MiB: what is too large for a handler must reach it to be dropped.</summary>
    internal const int MaxBody = 32 * 1024 * 1024;

    private const int MaxEvents = 100;

    /// <summary>The longest that an event waits at the sidecar for others, in milliseconds.</summary>
    private const int Window = 2;

    /// <summary>
    /// Subscribes to <paramref name="topic"/>, in bulk. Types without a handler are acknowledged: a service reads only what it needs. An event that can't be
    /// read is dropped to the service's dead letters; one whose handler throws comes again later.
    /// </summary>
    /// <param name="pubSub">Only <see cref="EventPublisher.PubSub"/> has dead letters: what fails elsewhere is left behind.</param>
    public static TopicHandlers MapEvents(this WebApplication app, string topic, string pubSub = EventPublisher.PubSub)
    {
        var deadLetters = pubSub == EventPublisher.PubSub ? DeadLetterTopic(app) : null;
        var handlers = new TopicHandlers(app.Services.GetRequiredService<TimeProvider>());
        var route = ActivatorUtilities.CreateInstance<TopicRoute>(app.Services, topic, handlers);
        app.MapTopic($"/events/{topic}", new TopicOptions { PubsubName = pubSub, Name = topic, DeadLetterTopic = deadLetters }, route.HandleAsync)
            .WithBulkSubscribe(new BulkSubscribeTopicOptions
            {
                TopicName = topic,
                MaxMessagesCount = MaxEvents,
                MaxAwaitDurationMs = Window,
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
