using System.Buffers.Binary;
using ChatApp.LocalStack.Sidecar.Invocation;
using Google.Protobuf;
using Microsoft.AspNetCore.Http;

namespace ChatApp.LocalStack.Sidecar.Api;

/// <summary>A gRPC message on the wire: one flag byte, four bytes of length, the message.</summary>
internal static class GrpcFrame
{
    private const int HeaderLength = 5;

    public static async Task<T> ReadAsync<T>(HttpContext context, MessageParser<T> parser) where T : IMessage<T>
    {
        var header = new byte[HeaderLength];
        await context.Request.Body.ReadExactlyAsync(header, context.RequestAborted);
        var length = BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(1));

        if (header[0] != 0)
            throw new DaprError(501, DaprError.Unimplemented, "", "grpc: compressed messages are not supported");

        if (length > Invoker.MaxBody)
            throw new DaprError(500, DaprError.ResourceExhausted, "", $"grpc: received message larger than max ({length} vs. {Invoker.MaxBody})");

        var body = new byte[length];
        await context.Request.Body.ReadExactlyAsync(body, context.RequestAborted);
        return parser.ParseFrom(body);
    }

    public static async Task WriteAsync(HttpResponse response, IMessage message)
    {
        var length = message.CalculateSize();
        var frame = new byte[HeaderLength + length];
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(1), (uint)length);
        message.WriteTo(frame.AsSpan(HeaderLength));
        await response.Body.WriteAsync(frame);
    }

    /// <summary>An error has no message: everything is in the headers.</summary>
    public static void Fail(HttpResponse response, DaprError error)
    {
        response.Headers["grpc-status"] = error.Grpc.ToString(System.Globalization.CultureInfo.InvariantCulture);
        response.Headers["grpc-message"] = Uri.EscapeDataString(error.Message);

        if (error.ToStatusDetails() is { } details)
            response.Headers["grpc-status-details-bin"] = Convert.ToBase64String(details).TrimEnd('=');
    }
}
