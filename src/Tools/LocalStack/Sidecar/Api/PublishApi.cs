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
        var metadata = Metadata(context.Request);
        var entries = Entries(await ReadAsync(context.Request, pubSub, topic), pubSub, topic, metadata);
        var failures = await sidecar.Publisher.PublishAsync(
            pubSub, topic, entries, metadata, Trace(context.Request), context.RequestAborted);

        if (failures.Count == 0)
        {
            context.Response.StatusCode = 204;
            return;
        }

        await Answers.WriteAsync(context.Response, 500, JsonSerializer.SerializeToUtf8Bytes(new
        {
            failedEntries = failures.Select(failure => new { entryId = failure.EntryId, error = failure.Error }),
            errorCode = "ERR_PUBSUB_PUBLISH_MESSAGE"
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
        var ct = request.HttpContext.RequestAborted;

        if (request.ContentLength is { } length and <= Invoker.MaxBody)
        {
            var whole = new byte[length];
            await request.Body.ReadExactlyAsync(whole, ct);
            return whole;
        }

        using var body = new MemoryStream();
        var chunk = new byte[4096];

        while (await request.Body.ReadAsync(chunk, ct) is var read and > 0)
        {
            if (body.Length + read > Invoker.MaxBody)
                throw Publisher.Fault(pubSub, topic, "stream too large");

            body.Write(chunk, 0, read);
        }

        return body.ToArray();
    }

    private static List<BulkEntry> Entries(byte[] body, string pubSub, string topic, Dictionary<string, string> metadata)
    {
        try
        {
            return BulkRequest.Read(body, metadata);
        }
        catch (JsonException e)
        {
            throw DaprError.PubSub(400, DaprError.InvalidArgument, "ERR_PUBSUB_EVENTS_SER", "DAPR_PUBSUB_UNMARSHAL_EVENTS",
                $"error when unmarshaling the request for topic {topic} pubsub {pubSub}: {e.Message}", pubSub, withResource: true);
        }
        catch (FormatException e)
        {
            throw DaprError.PubSub(400, DaprError.InvalidArgument, "ERR_PUBSUB_EVENTS_SER", "DAPR_PUBSUB_MARSHAL_ENVELOPE",
                $"error when marshalling cloud event envelope for topic {topic} pubsub {pubSub}: {e.Message}", pubSub, withResource: true);
        }
    }
}
