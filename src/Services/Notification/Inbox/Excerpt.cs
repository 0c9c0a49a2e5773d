using System.Globalization;
using System.Text;

namespace ChatApp.Notification.Inbox;

/// <summary>The beginning of a message, on one line.</summary>
internal static class Excerpt
{
    /// <summary>The most UTF-16 characters that an excerpt has, the sign that something is missing included.</summary>
    public const int MaxLength = 140;

    private const string More = "…";

    public static string Of(string text)
    {
        var excerpt = new StringBuilder(MaxLength);
        foreach (var word in text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            if (excerpt.Length > 0)
                excerpt.Append(' ');
            excerpt.Append(word);

            if (excerpt.Length > MaxLength)
                return Cut(excerpt.ToString()) + More;
        }

        return excerpt.ToString();
    }

    /// <summary>Cuts between what a reader takes for characters: a flag or a family stays whole or goes.</summary>
    private static string Cut(string text)
    {
        var end = 0;
        while (end < text.Length)
        {
            var next = end + StringInfo.GetNextTextElementLength(text, end);
            if (next > MaxLength - More.Length)
                break;
            end = next;
        }

        return text[..end].TrimEnd();
    }
}
