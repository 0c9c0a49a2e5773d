using System.Globalization;
using ChatApp.Platform;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChatApp.User.Relationships;

/// <summary>A place in a list that has the newest first.</summary>
internal sealed record Place(DateTimeOffset At, Guid Id)
{
    public static readonly Place Start = new(DateTimeOffset.MaxValue, Guid.AllBitsSet);

    public static string CursorOf(DateTimeOffset at, Guid id) =>
        Cursor.Of(at.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture), id.ToString());

    /// <returns>Null when the cursor is none of ours.</returns>
    public static Place? Read(string? cursor) => cursor is null
        ? Start
        : Cursor.TryRead(cursor, 2, out var keys)
            && long.TryParse(keys[0], NumberStyles.None, CultureInfo.InvariantCulture, out var at)
            && at <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
            && Guid.TryParse(keys[1], out var id)
            ? new(DateTimeOffset.FromUnixTimeMilliseconds(at), id)
            : null;

    public static ProblemHttpResult Unreadable() => Problem.Invalid("after", "Pass the `next` of the part before.");
}
