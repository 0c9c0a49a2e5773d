using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;

namespace ChatApp.LocalStack.Sidecar.Api;

/// <summary>An error of the sidecar's own API, in the words that it has over HTTP and over gRPC.</summary>
internal sealed class DaprError(int http, int grpc, string code, string message) : Exception(message)
{
    public const int InvalidArgument = 3, PermissionDenied = 7, ResourceExhausted = 8, FailedPrecondition = 9, Unimplemented = 12, Internal = 13,
        Unauthenticated = 16;

    private const string TypePrefix = "type.googleapis.com/google.rpc.";

    public int Http => http;
    public int Grpc => grpc;
    public string Code => code;

    private ErrorInfo? Info { get; init; }
    private ResourceInfo? Resource { get; init; }

    /// <summary>Pub/sub errors carry details; <paramref name="withResource"/> follows Dapr, which leaves the component out of some.</summary>
    public static DaprError PubSub(
        int http, int grpc, string code, string reason, string message, string pubSub, bool withResource, params (string Key, string Value)[] metadata)
    {
        var info = new ErrorInfo { Reason = reason, Domain = "dapr.io" };
        foreach (var (key, value) in metadata)
            info.Metadata[key] = value;

        return new DaprError(http, grpc, code, message)
        {
            Info = info,
            Resource = withResource ? new ResourceInfo { ResourceType = "pubsub", ResourceName = pubSub, Description = message } : null
        };
    }

    public static DaprError DirectInvoke(string appId, string reason, int http = 500) =>
        new(http, Internal, "ERR_DIRECT_INVOKE", $"failed to invoke, id: {appId}, err: {reason}");

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(
        Info is null ? new { errorCode = Code, message = Message } : (object)new { errorCode = Code, message = Message, details = Details() });

    /// <summary>google.rpc.Status, for grpc-status-details-bin; null when there are no details.</summary>
    public byte[]? ToStatusDetails()
    {
        if (Info is null)
            return null;

        var status = new Google.Rpc.Status { Code = Grpc, Message = Message };
        status.Details.Add(Any.Pack(Info));

        if (Resource is not null)
            status.Details.Add(Any.Pack(Resource));

        return status.ToByteArray();
    }

    private List<Dictionary<string, object>> Details()
    {
        List<Dictionary<string, object>> details =
        [
            new() { ["@type"] = TypePrefix + "ErrorInfo", ["reason"] = Info!.Reason, ["domain"] = Info.Domain, ["metadata"] = Info.Metadata }
        ];

        if (Resource is not null)
            details.Add(new()
            {
                ["@type"] = TypePrefix + "ResourceInfo",
                ["resource_type"] = Resource.ResourceType,
                ["resource_name"] = Resource.ResourceName,
                ["owner"] = Resource.Owner,
                ["description"] = Resource.Description
            });

        return details;
    }
}
