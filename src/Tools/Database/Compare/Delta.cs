namespace ChatApp.Database.Compare;

/// <summary>How a list of named things differs from another.</summary>
public sealed record Delta<T>(IReadOnlyList<T> Added, IReadOnlyList<T> Removed, IReadOnlyList<Pair<T>> Kept, IReadOnlyList<Pair<T>> Changed)
{
    public bool IsEmpty => Added.Count + Removed.Count + Changed.Count == 0;
}

public readonly record struct Pair<T>(T From, T To);

internal static class Delta
{
    public static Delta<T> Between<T, TKey>(IEnumerable<T> from, IEnumerable<T> to, Func<T, TKey> key)
        where T : notnull
        where TKey : notnull
    {
        var before = from.ToDictionary(key);
        var after = to.ToDictionary(key);
        var kept = after.Where(item => before.ContainsKey(item.Key)).Select(item => new Pair<T>(before[item.Key], item.Value)).ToList();
        return new Delta<T>(
            [.. after.Where(item => !before.ContainsKey(item.Key)).Select(item => item.Value)],
            [.. before.Where(item => !after.ContainsKey(item.Key)).Select(item => item.Value)],
            kept,
            [.. kept.Where(pair => !pair.From.Equals(pair.To))]);
    }
}
