using System.Net;
using Microsoft.AspNetCore.Http;

namespace ChatApp.LocalStack.Sidecar.Invocation;

/// <summary>A caller's body that goes to the app as it comes.</summary>
internal sealed class RequestBody(HttpRequest request) : HttpContent
{
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        var reader = request.BodyReader;
        var length = 0L;

        while (true)
        {
            var chunk = await reader.ReadAsync(cancellationToken);

            if ((length += chunk.Buffer.Length) > Invoker.MaxBody)
                throw new IOException("stream too large");

            foreach (var memory in chunk.Buffer)
                await stream.WriteAsync(memory, cancellationToken);

            reader.AdvanceTo(chunk.Buffer.End);

            if (chunk.IsCompleted)
                return;

            await stream.FlushAsync(cancellationToken);
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = request.ContentLength ?? 0;
        return request.ContentLength is not null;
    }
}
