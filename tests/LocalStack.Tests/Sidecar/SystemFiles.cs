using System.Runtime.CompilerServices;

namespace ChatApp.LocalStack.Tests.Sidecar;

/// <summary>The files under components/, as the system runs with them.</summary>
internal static class SystemFiles
{
    public static string Components { get; } = Path.Combine(Repository(), "components");

    public static string SecretStore => Read("shared/secretstore.yaml");

    public static string Read(string file) => File.ReadAllText(Path.Combine(Components, file));

    private static string Repository([CallerFilePath] string file = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "../../.."));
}
