using System.Text;
using System.Text.Json;
using ChatApp.LocalStack.Sidecar.Invocation;
using ChatApp.LocalStack.Sidecar.PubSub;
using Microsoft.AspNetCore.Http;

namespace ChatApp.LocalStack.Sidecar.Api;

/// <summary>Publishing over HTTP.</summary>
internal sealed class PublishApi(AppSidecar sidecar)
{
    private const string MetadataPrefix = "metadata.";

    public async Task OneAsync(HttpContext context, string pubSub, string topic)
    {
        sidecar.Publisher.Check(pubSub, topic);
        var data = await ReadAsync(context.Request, pubSub, topic);

        await sidecar.Publisher.PublishAsync(
            pubSub, topic, data, context.Request.ContentType, Metadata(context.Request), Trace(context.Request), context.RequestAborted);

        context.Response.StatusCode = 204;
    }

    public async Task BulkAsync(HttpContext context, string pubSub, string topic)
    {
        sidecar.Publisher.Check(pubSub, topic);
        var entries = Entries(await ReadAsync(context.Request, pubSub, topic), pubSub, topic, Metadata(context.Request));
        var failures = await sidecar.Bulk.PublishAsync(pubSub, topic, entries, Trace(context.Request), context.RequestAborted);

        if (failures.Count == 0)
        {
            context.Response.StatusCode = 204;
            return;
        }

        await Answers.WriteAsync(context.Response, failures[0].Error.Http, JsonSerializer.SerializeToUtf8Bytes(new
        {
            failedEntries = failures.Select(failure => new { entryId = failure.EntryId, error = failure.Error.Message }),
            errorCode = failures[0].Error.Code
        }));
    }

    private TraceContext Trace(HttpRequest request) =>
        new(sidecar.Tracing.Continue(request.Headers.TraceParent), request.Headers.TraceState.ToString());

    private static Dictionary<string, string> Metadata(HttpRequest request) =>
        request.Query
            .Where(entry => entry.Key.StartsWith(MetadataPrefix, StringComparison.Ordinal))
            .ToDictionary(entry => entry.Key[MetadataPrefix.Length..], entry => entry.Value.ToString());

    private static async Task<byte[]> ReadAsync(HttpRequest request, string pubSub, string topic)
    {
        using var body = new MemoryStream();
        var chunk = new byte[16 << 10];

        while (await request.Body.ReadAsync(chunk, request.HttpContext.RequestAborted) is var read and > 0)
        {
            if (body.Length + read > Invoker.MaxBody)
                throw DaprError.PubSub(500, DaprError.Internal, "ERR_PUBSUB_PUBLISH_MESSAGE", "DAPR_PUBSUB_PUBLISH_MESSAGE",
                    $"error when publishing to topic {topic} in pubsub {pubSub}: stream too large", pubSub, withResource: true,
                    ("topic", topic), ("error", "stream too large"));

            body.Write(chunk, 0, read);
        }

        return body.ToArray();
    }

    private static List<BulkEntry> Entries(byte[] body, string pubSub, string topic, Dictionary<string, string> metadata)
    {
        try
        {
            return [.. (JsonSerializer.Deserialize<List<HttpEntry>>(body, JsonSerializerOptions.Web) ?? []).Select(entry => new BulkEntry(
                entry.EntryId, Bytes(entry), entry.ContentType, BulkPublisher.Merge(entry.Metadata, metadata)))];
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            throw DaprError.PubSub(400, DaprError.InvalidArgument, "ERR_PUBSUB_EVENTS_SER", "DAPR_PUBSUB_UNMARSHAL_EVENTS",
                $"error when unmarshaling the request for topic {topic} pubsub {pubSub}: {e.Message}", pubSub, withResource: true);
        }
    }

    private static byte[] Bytes(HttpEntry entry) => entry.Event.ValueKind switch
    {
        JsonValueKind.String when entry.ContentType == "application/octet-stream" => entry.Event.GetBytesFromBase64(),
        JsonValueKind.String when entry.ContentType.StartsWith("text/", StringComparison.Ordinal) => Encoding.UTF8.GetBytes(entry.Event.GetString()!),
        _ => Encoding.UTF8.GetBytes(entry.Event.GetRawText())
    };

    private sealed record HttpEntry(string EntryId, JsonElement Event, string ContentType, Dictionary<string, string>? Metadata);
}
