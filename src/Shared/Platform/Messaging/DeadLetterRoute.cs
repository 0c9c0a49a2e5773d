using System.Text.Json;
using System.Text.Json.Serialization;
using Dapr;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace ChatApp.Platform.Messaging;

/// <summary>
/// Where the service's own dead letters arrive. The subscription takes raw bytes, because what is no CloudEvent must be kept too, and has neither a dead-letter
/// topic nor an end to its retries: a letter that can't be stored now comes again until it is.
/// </summary>
internal static class DeadLetterRoute
{
    /// <summary>The same broker as <see cref="EventPublisher.PubSub"/>, with a retry policy of its own.</summary>
    public const string PubSub = "deadletters";

    public static void MapDeadLetters(this WebApplication app, string topic)
    {
        // What has no store has no subscription with dead letters.
        var letters = app.Services.GetRequiredService<IDeadLetterStore>();
        var time = app.Services.GetRequiredService<TimeProvider>();
        app.MapTopic($"/events/{topic}", new TopicOptions { PubsubName = PubSub, Name = topic, EnableRawPayload = true }, async (request, ct) =>
        {
            using var body = await RequestBody.ReadAsync(request, ct);
            var payload = Unwrap(body.Memory.Span);
            await letters.KeepAsync(EventHead.Of(payload, request.Headers), payload, time.GetUtcNow(), ct);
            return TypedResults.Ok();
        });
    }

    /// <summary>The bytes as the broker has them. A sidecar that wraps them in another way than expected loses none.</summary>
    private static byte[] Unwrap(ReadOnlySpan<byte> body)
    {
        try
        {
            return JsonSerializer.Deserialize(body, WrapperJson.Default.Wrapper)?.Data ?? body.ToArray();
        }
        catch (JsonException)
        {
            return body.ToArray();
        }
    }
}

internal sealed record Wrapper([property: JsonPropertyName("data_base64")] byte[]? Data);

[JsonSerializable(typeof(Wrapper))]
internal sealed partial class WrapperJson : JsonSerializerContext;
