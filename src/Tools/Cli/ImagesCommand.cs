using System.CommandLine;
using System.Diagnostics;
using ChatApp.LocalStack.Launch;

namespace ChatApp.Cli;

/// <summary>
/// <c>chat images</c>: a container image of each service, by the SDK's container publish. No Dockerfile, and for a registry or files no Docker either.
/// </summary>
internal static class ImagesCommand
{
    public static Command Create(StackOptions options)
    {
        var registry = new Option<string?>("--registry") { Description = "Push to it: host[:port][/prefix]. Log in first, as for docker push." };
        var output = new Option<string?>("--output") { Description = "Write a .tar.gz of each into this folder." };
        var tag = new Option<string>("--tag") { Description = "The images' tag.", DefaultValueFactory = _ => "latest" };
        var command = new Command("images", "Make the services' container images: for the local Docker or Podman, a registry, or files.") { registry, output, tag };
        command.Validators.Add(given =>
        {
            if (given.GetValue(registry) is not null && given.GetValue(output) is not null)
                given.AddError("--registry and --output exclude each other.");
        });
        command.SetAction(async (arguments, ct) =>
        {
            foreach (var project in Projects(options))
            {
                var name = Path.GetFileName(project).ToLowerInvariant();
                Say.Line($"making chatapp/{name}:{arguments.GetValue(tag)}");
                if (await PublishAsync(project, Properties(name, arguments.GetValue(tag)!, arguments.GetValue(registry), arguments.GetValue(output)), ct) != 0)
                    throw new LaunchException($"the image of {name} was not made: the lines above say why.");
            }
        });
        return command;
    }

    private static IEnumerable<string> Projects(StackOptions options) =>
        Directory.GetDirectories(Path.Combine(options.Repository, "src", "Services")).Order(StringComparer.Ordinal);

    private static IEnumerable<string> Properties(string name, string tag, string? registry, string? output)
    {
        yield return $"-p:ContainerImageTag={tag}";
        if (output is not null)
            yield return $"-p:ContainerArchiveOutputPath={Path.Combine(Path.GetFullPath(output), $"{name}.tar.gz")}";
        if (registry?.TrimEnd('/').Split('/', 2) is not { } parts)
            yield break;

        yield return $"-p:ContainerRegistry={parts[0]}";
        if (parts.Length == 2)
            yield return $"-p:ContainerRepository={parts[1]}/chatapp/{name}";
    }

    private static async Task<int> PublishAsync(string project, IEnumerable<string> properties, CancellationToken ct)
    {
        using var publish = Process.Start(new ProcessStartInfo(
            "dotnet", ["publish", project, "-c", "Release", "-t:PublishContainer", "-v", "quiet", "-nologo", .. properties]))!;
        await publish.WaitForExitAsync(ct);
        return publish.ExitCode;
    }
}
