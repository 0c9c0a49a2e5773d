using System.Diagnostics;

namespace ChatApp.Manifests.Tests;

/// <summary>What <c>./chat env</c> says, in a checkout of the tests' own, so that the secrets of this one stay untouched.</summary>
internal static class ChatEnv
{
    private static readonly Lazy<(Dictionary<string, string> Printed, Dictionary<string, Dictionary<string, string>> Files)> Run = new(RunBoth);

    /// <summary>The variables of <c>.env</c>.</summary>
    public static Dictionary<string, string> Printed => Run.Value.Printed;

    /// <summary>The files for the local overlay, by name.</summary>
    public static Dictionary<string, Dictionary<string, string>> Files => Run.Value.Files;

    /// <summary>What is of one app alone.</summary>
    public static Dictionary<string, string> Of(string appId) => Files.GetValueOrDefault(appId, []);

    private static (Dictionary<string, string> Printed, Dictionary<string, Dictionary<string, string>> Files) RunBoth()
    {
        var checkout = Directory.CreateTempSubdirectory("chatapp-env-");
        try
        {
            var printed = Parse(Chat(checkout, "env").Split('\n'));
            Chat(checkout, "env", "--kubernetes");
            var secrets = Path.Combine(checkout.FullName, "deploy", "kubernetes", "overlays", "local", "secrets");
            return (printed, Directory.EnumerateFiles(secrets).ToDictionary(file => Path.GetFileNameWithoutExtension(file), file => Parse(File.ReadLines(file))));
        }
        finally
        {
            checkout.Delete(recursive: true);
        }
    }

    private static string Chat(DirectoryInfo checkout, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Repository.Path("artifacts", "bin", "Cli", "release", "ChatApp.Cli.dll"), .. arguments]) { RedirectStandardOutput = true };
        start.Environment["CHATAPP_REPOSITORY"] = checkout.FullName;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return output;
    }

    private static Dictionary<string, string> Parse(IEnumerable<string> lines) => lines
        .Where(line => line.Length > 0)
        .Select(line => line.Split('=', 2))
        .ToDictionary(pair => pair[0], pair => pair[1].Trim('\''));
}
