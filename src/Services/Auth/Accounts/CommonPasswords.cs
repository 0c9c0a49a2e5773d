using System.Collections.Frozen;

namespace ChatApp.Auth.Accounts;

/// <summary>Passwords that are tried first by whoever guesses. Only those that are long enough to be allowed are listed.</summary>
internal static class CommonPasswords
{
    private static readonly FrozenSet<string> All = Read();

    public static bool Contains(string password) => All.Contains(password);

    private static FrozenSet<string> Read()
    {
        using var list = typeof(CommonPasswords).Assembly.GetManifestResourceStream("ChatApp.Auth.Accounts.common-passwords.txt")!;
        using var reader = new StreamReader(list);
        return reader.ReadToEnd()
            .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .ToFrozenSet(StringComparer.OrdinalIgnoreCase);
    }
}
