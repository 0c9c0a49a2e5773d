using System.Collections.Frozen;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace ChatApp.LocalStack.Sidecar.Invocation;

/// <summary>Which headers pass a sidecar, in both directions, and which it adds.</summary>
internal static class InvokeHeaders
{
    private static readonly FrozenSet<string> HopByHop = FrozenSet.Create(StringComparer.OrdinalIgnoreCase,
        "Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "Proxy-Authorization", "TE", "Trailer", "Transfer-Encoding",
        "Upgrade", "Http2-Settings");

    private static readonly FrozenSet<string> NotPassedOn = FrozenSet.Create(StringComparer.OrdinalIgnoreCase,
        [.. HopByHop, "Host", "Content-Length", "Expect", "dapr-app-id", AppChannel.TokenHeader, "traceparent"]);

    private static readonly string HostName = Environment.MachineName;
    private static readonly string Forwarded = $"for=127.0.0.1;by=127.0.0.1;host={HostName}";

    public static void CopyTo(HttpRequestMessage request, IHeaderDictionary headers, string traceparent)
    {
        var named = headers.Connection;

        foreach (var (name, values) in headers)
        {
            if (NotPassedOn.Contains(name) || name.EndsWith("-bin", StringComparison.OrdinalIgnoreCase)
                                           || (named.Count > 0 && IsNamed(name, named.ToString())))
                continue;

            var outgoing = name.StartsWith("grpc-", StringComparison.OrdinalIgnoreCase) ? "dapr-" + name : name;

            if (!Add(request.Headers, outgoing, values) && request.Content is not null)
                Add(request.Content.Headers, outgoing, values);
        }

        if (traceparent.Length > 0)
            request.Headers.TryAddWithoutValidation("traceparent", traceparent);
    }

    private static bool Add(HttpHeaders headers, string name, StringValues values) => values.Count == 1
        ? headers.TryAddWithoutValidation(name, values[0])
        : headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);

    /// <summary>What the callee's sidecar would say about the call. A caller's own words of the same name stay beside them.</summary>
    public static void AddParties(HttpRequestMessage request, string caller, string callee)
    {
        request.Headers.TryAddWithoutValidation("dapr-caller-app-id", caller);
        request.Headers.TryAddWithoutValidation("dapr-caller-namespace", "default");
        request.Headers.TryAddWithoutValidation("dapr-callee-app-id", callee);
        request.Headers.TryAddWithoutValidation("X-Forwarded-For", "127.0.0.1");
        request.Headers.TryAddWithoutValidation("X-Forwarded-Host", HostName);
        request.Headers.TryAddWithoutValidation("Forwarded", Forwarded);
    }

    public static void CopyTo(HttpResponse response, HttpResponseMessage answer)
    {
        foreach (var (name, values) in answer.Headers.NonValidated)
            Copy(name, values);

        foreach (var (name, values) in answer.Content.Headers.NonValidated)
            Copy(name, values);

        void Copy(string name, HeaderStringValues values)
        {
            if (!HopByHop.Contains(name) && !name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase))
                response.Headers[name] = values.Count == 1 ? values.ToString() : values.ToArray();
        }
    }

    private static bool IsNamed(string name, string connection) =>
        connection.Split(',', StringSplitOptions.TrimEntries).Contains(name, StringComparer.OrdinalIgnoreCase);
}
