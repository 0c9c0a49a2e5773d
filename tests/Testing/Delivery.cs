using System.Text.Json;
using ChatApp.Contracts;

namespace ChatApp.Testing;

/// <summary>An event on its way to a subscriber.</summary>
public sealed record Delivery(string Type, string Id, JsonElement Data, DateTimeOffset? PublishedAt = null)
{
    public static Delivery Of<T>(T @event, Guid? id = null, DateTimeOffset? publishedAt = null)
        where T : IEvent =>
        new(T.Type, $"{id ?? Guid.CreateVersion7()}", JsonSerializer.SerializeToElement(@event, typeof(T), EventJson.Default), publishedAt);

    /// <summary>The envelope in which Dapr delivers in bulk.</summary>
    public static object Bulk(string topic, IReadOnlyList<Delivery> batch) => new
    {
        id = Guid.NewGuid(),
        type = "com.dapr.event.sent.bulk",
        topic,
        pubsubname = "pubsub",
        metadata = new Dictionary<string, string>(),
        entries = batch.Select((delivery, place) => new
        {
            entryId = $"{place}",
            contentType = "application/cloudevents+json",
            metadata = new Dictionary<string, string>(),
            @event = new
            {
                specversion = "1.0",
                id = delivery.Id,
                type = delivery.Type,
                source = "tests",
                topic,
                pubsubname = "pubsub",
                time = delivery.PublishedAt,
                datacontenttype = "application/json",
                data = delivery.Data,
            },
        }),
    };
}
