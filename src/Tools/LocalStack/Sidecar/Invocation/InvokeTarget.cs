using System.Buffers;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace ChatApp.LocalStack.Sidecar.Invocation;

/// <summary>The app that a request on the sidecar's port is for, and the path that the app will see.</summary>
internal readonly record struct InvokeTarget(string AppId, string Path)
{
    private const string Prefix = "/v1.0/invoke/";
    private const string Method = "/method/";
    private const string AppIdHeader = "dapr-app-id";
    private const string Namespace = ".default";

    private static readonly SearchValues<char> Unescaped = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@/");

    /// <summary>Null when the request names no app: neither by header, nor by user name, nor by path.</summary>
    public static InvokeTarget? Find(string rawPath, IHeaderDictionary headers)
    {
        if (headers.TryGetValue(AppIdHeader, out var named) && named.Count > 0 && named[0] is { Length: > 0 } appId)
            return new InvokeTarget(WithoutNamespace(appId), Clean(rawPath));

        if (headers.Authorization is { Count: > 0 } authorization && FromUserName(authorization) is { } user)
            return new InvokeTarget(WithoutNamespace(user), Clean(rawPath));

        if (!rawPath.StartsWith(Prefix, StringComparison.Ordinal))
            return null;

        var method = rawPath.IndexOf(Method, Prefix.Length, StringComparison.Ordinal);

        return method > Prefix.Length
            ? new InvokeTarget(
                WithoutNamespace(Uri.UnescapeDataString(rawPath[Prefix.Length..method])), Clean(rawPath[(method + Method.Length - 1)..]))
            : null;
    }

    /// <summary>Null for a path that Dapr refuses: one with ?, # or a control character, once decoded.</summary>
    private static string Clean(string rawPath)
    {
        if (IsClean(rawPath))
            return rawPath;

        var decoded = Uri.UnescapeDataString(rawPath);

        if (decoded.AsSpan().IndexOfAny('?', '#') >= 0 || decoded.Any(char.IsControl))
            return "";

        var segments = new List<string>();
        foreach (var segment in decoded.Split('/'))
        {
            if (segment == "..")
                segments.RemoveRange(Math.Max(0, segments.Count - 1), Math.Min(1, segments.Count));
            else if (segment is not ("" or "."))
                segments.Add(segment);
        }

        return "/" + string.Join('/', segments.Select(Escape));
    }

    /// <summary>Almost every path is; then nothing is allocated.</summary>
    private static bool IsClean(string path) =>
        !path.Contains('%') && !path.Contains("//", StringComparison.Ordinal) && !path.Contains("/.", StringComparison.Ordinal)
        && (path.Length == 1 || !path.EndsWith('/')) && !path.AsSpan().ContainsAnyExcept(Unescaped);

    private static string Escape(string segment)
    {
        if (!segment.AsSpan().ContainsAnyExcept(Unescaped))
            return segment;

        var escaped = new StringBuilder(segment.Length + 8);
        foreach (var rune in segment.EnumerateRunes())
        {
            if (rune.IsAscii && Unescaped.Contains((char)rune.Value))
                escaped.Append((char)rune.Value);
            else
                escaped.Append(Uri.EscapeDataString(rune.ToString()));
        }

        return escaped.ToString();
    }

    private static string WithoutNamespace(string appId) =>
        appId.EndsWith(Namespace, StringComparison.Ordinal) ? appId[..^Namespace.Length] : appId;

    private static string? FromUserName(StringValues authorization)
    {
        const string scheme = "Basic ";

        if (authorization[0] is not { } value || !value.StartsWith(scheme, StringComparison.Ordinal))
            return null;

        Span<byte> bytes = stackalloc byte[256];
        if (!Convert.TryFromBase64String(value[scheme.Length..], bytes, out var length))
            return null;

        return Encoding.UTF8.GetString(bytes[..length]).Split(':') is [var name, var appId]
               && name.Equals(AppIdHeader, StringComparison.OrdinalIgnoreCase)
            ? appId
            : null;
    }
}
