using ChatApp.LocalStack.Sidecar.PubSub;
using Dapr.Client.Autogen.Grpc.v1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Microsoft.AspNetCore.Http;

namespace ChatApp.LocalStack.Sidecar.Api;

/// <summary>The part of Dapr's gRPC API that apps of this system use, on a plain HTTP/2 endpoint; anything else is UNIMPLEMENTED at once.</summary>
internal sealed class GrpcApi(AppSidecar sidecar)
{
    private const string Service = "/dapr.proto.runtime.v1.Dapr/";

    public async Task HandleAsync(HttpContext context)
    {
        context.Response.ContentType = "application/grpc";

        try
        {
            Authorize(context.Request);
            var answer = await DispatchAsync(context);
            await GrpcFrame.WriteAsync(context.Response, answer);
            context.Response.AppendTrailer("grpc-status", "0");
        }
        catch (DaprError error)
        {
            GrpcFrame.Fail(context.Response, error);
        }
        catch (InvalidProtocolBufferException e)
        {
            GrpcFrame.Fail(context.Response, new DaprError(400, DaprError.Internal, "", $"grpc: error unmarshalling request: {e.Message}"));
        }
    }

    private void Authorize(HttpRequest request)
    {
        if (sidecar.ApiToken is not null && request.Headers[AppChannel.TokenHeader] != sidecar.ApiToken)
            throw new DaprError(401, DaprError.Unauthenticated, "", "authentication error: api token mismatch");
    }

    private async Task<IMessage> DispatchAsync(HttpContext context)
    {
        var path = context.Request.Path.Value ?? "";

        return (path.StartsWith(Service, StringComparison.Ordinal) ? path[Service.Length..] : path) switch
        {
            "PublishEvent" => await PublishAsync(context, await GrpcFrame.ReadAsync(context, PublishEventRequest.Parser)),
            "BulkPublishEvent" or "BulkPublishEventAlpha1" =>
                await BulkPublishAsync(context, await GrpcFrame.ReadAsync(context, BulkPublishRequest.Parser)),
            "GetSecret" => Secret(await GrpcFrame.ReadAsync(context, GetSecretRequest.Parser)),
            "GetBulkSecret" => Secrets(await GrpcFrame.ReadAsync(context, GetBulkSecretRequest.Parser)),
            "GetMetadata" => sidecar.Metadata.ToMessage(),
            "SetMetadata" => SetMetadata(await GrpcFrame.ReadAsync(context, SetMetadataRequest.Parser)),
            "Shutdown" => Shutdown(context),
            _ => throw new DaprError(501, DaprError.Unimplemented, "", $"unknown method {path}")
        };
    }

    private async Task<IMessage> PublishAsync(HttpContext context, PublishEventRequest request)
    {
        sidecar.Publisher.Check(request.PubsubName, request.Topic);
        await sidecar.Publisher.PublishAsync(
            request.PubsubName, request.Topic, request.Data.Memory, request.DataContentType, new Dictionary<string, string>(request.Metadata),
            Trace(context.Request), context.RequestAborted);

        return new Empty();
    }

    private async Task<IMessage> BulkPublishAsync(HttpContext context, BulkPublishRequest request)
    {
        sidecar.Publisher.Check(request.PubsubName, request.Topic);
        var metadata = new Dictionary<string, string>(request.Metadata);
        var entries = request.Entries
            .Select(entry => new BulkEntry(entry.EntryId, entry.Event.Memory, entry.ContentType, BulkEntry.Merge(metadata, entry.Metadata)))
            .ToList();
        var failures = await sidecar.Publisher.PublishAsync(
            request.PubsubName, request.Topic, entries, metadata, Trace(context.Request), context.RequestAborted);

        // One failed entry fails the whole call; which one it was, the caller does not learn over gRPC.
        return failures.Count == 0
            ? new BulkPublishResponse()
            : throw Publisher.Fault(request.PubsubName, request.Topic, failures[0].Error);
    }

    private GetSecretResponse Secret(GetSecretRequest request)
    {
        var response = new GetSecretResponse();
        response.Data.Add(sidecar.Secrets.Get(request.StoreName, request.Key).ToDictionary());
        return response;
    }

    private GetBulkSecretResponse Secrets(GetBulkSecretRequest request)
    {
        var response = new GetBulkSecretResponse();

        foreach (var (name, values) in sidecar.Secrets.GetAll(request.StoreName))
        {
            var secret = new SecretResponse();
            secret.Secrets.Add(values);
            response.Data.Add(name, secret);
        }

        return response;
    }

    private Empty SetMetadata(SetMetadataRequest request)
    {
        sidecar.Metadata.Set(request.Key, request.Value);
        return new Empty();
    }

    private Empty Shutdown(HttpContext context)
    {
        context.Response.OnCompleted(sidecar.RequestStop);
        return new Empty();
    }

    private TraceContext Trace(HttpRequest request) =>
        new(sidecar.Tracing.Continue(request.Headers.TraceParent), request.Headers.TraceState.ToString());
}
