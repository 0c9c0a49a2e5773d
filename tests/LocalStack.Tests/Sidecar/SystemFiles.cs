using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace ChatApp.LocalStack.Tests.Sidecar;

/// <summary>The files under components/, as the system runs with them.</summary>
internal static partial class SystemFiles
{
    public static string Components { get; } = Path.Combine(Repository(), "components");

    public static string SecretStore => Read("shared/secretstore.yaml");

    public static string Read(string file) => File.ReadAllText(Path.Combine(Components, file));

    /// <summary>A component without the list of its apps: a test's apps have names of their own.</summary>
    public static string ReadForAnyApp(string file) => Scopes().Replace(Read(file), "");

    [GeneratedRegex(@"^scopes:\n(?:  - .*\n)+", RegexOptions.Multiline)]
    private static partial Regex Scopes();

    private static string Repository([CallerFilePath] string file = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "../../.."));
}
