using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace ChatApp.User;

/// <summary>A part of a list.</summary>
/// <param name="Next">Pass it as <c>after</c> to get the next part; null at the end.</param>
internal sealed record Page<T>(IReadOnlyList<T> Items, string? Next)
{
    /// <param name="found">One more than <paramref name="limit"/> where there are more.</param>
    public static Page<T> Of(IReadOnlyList<T> found, int limit, Func<T, string> cursorOf) =>
        found.Count <= limit ? new(found, null) : new([.. found.Take(limit)], cursorOf(found[limit - 1]));
}

/// <summary>Where a part of a list ends: the keys of its last item, in a form that clients don't take apart.</summary>
internal static class Cursor
{
    private const char Separator = '\n';

    public static string Of(params ReadOnlySpan<string> keys) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(string.Join(Separator, keys)));

    public static bool TryRead(string cursor, int count, [NotNullWhen(true)] out string[]? keys)
    {
        keys = Base64Url.IsValid(cursor) ? Encoding.UTF8.GetString(Base64Url.DecodeFromChars(cursor)).Split(Separator) : null;
        if (keys?.Length != count)
            keys = null;

        return keys is not null;
    }
}
