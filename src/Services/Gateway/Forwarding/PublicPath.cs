using System.Buffers;

namespace ChatApp.Gateway.Forwarding;

/// <summary>
/// The sidecar decodes a path once more and cleans it, so that an encoded slash or a doubled one would reach another route than the one that was looked at here.
/// No path of the API needs more than these characters.
/// </summary>
internal static class PublicPath
{
    private static readonly SearchValues<char> Plain =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/");

    public static bool IsPlain(ReadOnlySpan<char> path) =>
        !path.ContainsAnyExcept(Plain) && !path.Contains("//", StringComparison.Ordinal) && !HasDotSegment(path);

    private static bool HasDotSegment(ReadOnlySpan<char> path)
    {
        foreach (var segment in path.Split('/'))
        {
            if (path[segment] is "." or "..")
                return true;
        }

        return false;
    }
}
