namespace ChatApp.Database.Scratch;

/// <summary>The statements of a file, each with the line on which it begins, so that an error can be shown where it is.</summary>
internal static class SqlScript
{
    public static IReadOnlyList<SqlStatement> Split(string text)
    {
        var statements = new List<SqlStatement>();
        var (start, at) = (-1, 0);
        while (at < text.Length)
        {
            var next = EndOfComment(text, at);
            if (next == at)
            {
                if (text[at] == ';')
                {
                    Add(at);
                    start = -1;
                }
                else if (start < 0 && !char.IsWhiteSpace(text[at]))
                {
                    start = at;
                }

                next = EndOfQuoted(text, at);
            }

            at = next;
        }

        Add(text.Length);
        return statements;

        void Add(int end)
        {
            if (start >= 0)
                statements.Add(new SqlStatement(text[start..end].TrimEnd(), text.AsSpan(0, start).Count('\n') + 1));
        }
    }

    private static int EndOfComment(string text, int at)
    {
        if (string.CompareOrdinal(text, at, "--", 0, 2) == 0)
            return text.IndexOf('\n', at) is >= 0 and var line ? line + 1 : text.Length;
        if (string.CompareOrdinal(text, at, "/*", 0, 2) != 0)
            return at;
        // These nest, other than in C.
        var depth = 0;
        do
        {
            var (open, close) = (text.IndexOf("/*", at, StringComparison.Ordinal), text.IndexOf("*/", at, StringComparison.Ordinal));
            if (close < 0)
                return text.Length;
            var opens = open >= 0 && open < close;
            depth += opens ? 1 : -1;
            at = (opens ? open : close) + 2;
        }
        while (depth > 0);
        return at;
    }

    /// <summary>Past a string, a quoted name or a dollar-quoted body; past one character if none begins here.</summary>
    private static int EndOfQuoted(string text, int at)
    {
        switch (text[at])
        {
            case '\'':
                var escapes = at > 0 && text[at - 1] is 'E' or 'e' && (at == 1 || !char.IsLetterOrDigit(text[at - 2]));
                for (var i = at + 1; i < text.Length; i++)
                {
                    if (escapes && text[i] == '\\')
                        i++;
                    else if (text[i] == '\'')
                        return i + 1;
                }

                return text.Length;
            case '"':
                return After(text, "\"", at + 1);
            case '$' when at == 0 || !IsNamePart(text[at - 1]):
                var tag = at + 1;
                while (tag < text.Length && IsNamePart(text[tag]))
                    tag++;
                var isTag = tag < text.Length && text[tag] == '$' && !char.IsDigit(text[at + 1]);
                return isTag ? After(text, text[at..(tag + 1)], tag + 1) : at + 1;
            default:
                return at + 1;
        }
    }

    private static bool IsNamePart(char character) => char.IsLetterOrDigit(character) || character == '_';

    private static int After(string text, string end, int from) =>
        text.IndexOf(end, from, StringComparison.Ordinal) is >= 0 and var found ? found + end.Length : text.Length;
}

internal sealed record SqlStatement(string Text, int Line);
