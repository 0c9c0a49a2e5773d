using System.CommandLine;
using System.Diagnostics;
using ChatApp.LocalStack.Launch;
using Spectre.Console;

namespace ChatApp.Cli;

/// <summary><c>chat test</c>: builds, starts the servers that the tests need, runs every test project and counts.</summary>
internal static class TestCommand
{
    public static Command Create(StackOptions options)
    {
        var names = new Argument<string[]>("project")
        {
            Arity = ArgumentArity.ZeroOrMore,
            Description = "Test projects to run, such as Chat.Tests; all when left out.",
        };
        var faults = new Option<bool>("--faults") { Description = "Run only Faults.Tests, and those for long: everything fails, again and again, while people talk." };
        var command = new Command("test", "Run the tests.") { names, faults };
        command.SetAction((arguments, ct) =>
        {
            if (!arguments.GetValue(faults))
                return RunAsync(options, arguments.GetValue(names) ?? [], ct);

            Environment.SetEnvironmentVariable("CHATAPP_FAULTS", "long");
            return RunAsync(options, ["Faults.Tests"], ct);
        });
        return command;
    }

    private static async Task<int> RunAsync(StackOptions options, string[] names, CancellationToken ct)
    {
        var projects = TestProject.Find(options.Repository, names);
        if (names.Length == 0 && !await BuildAllAsync(options.Repository, ct))
            return 1;
        foreach (var name in names)
        {
            if (!await BuildAsync(projects.First(project => project.Name == name).Folder, ct))
                return 1;
        }

        // What they write is thrown away; the processes that tests kill leave it to the kernel.
        Environment.SetEnvironmentVariable("CHATAPP_FSYNC", "off");
        // Servers of the tests' own: a system that runs here keeps its ports and its data.
        var state = Path.Combine(options.Repository, ".local", "test");
        var parts = new List<Part>();
        var results = new List<TestResult>();
        Directory.CreateDirectory(Path.Combine(state, "logs"));
        try
        {
            var stores = await Stores.StartAsync(options with { State = state, FreePorts = true }, parts.Add, Say.Line, ct);
            // Nothing named means all there is; a broker or a running system that was named is the one to test.
            var all = names.Length == 0 && options.Broker is null && Environment.GetEnvironmentVariable("CHATAPP_URL") is null;
            foreach (var project in all ? projects.SelectMany(project => project.WithEachBroker()) : projects)
                results.Add(await project.RunAsync(stores, ct));
        }
        finally
        {
            foreach (var part in parts.AsEnumerable().Reverse())
                await part.StopAsync(TimeSpan.FromSeconds(10));
        }

        return Report(results);
    }

    private static int Report(IReadOnlyList<TestResult> results)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("project", "passed", "failed", "seconds");
        foreach (var result in results)
            table.AddRow(result.Project, $"{result.Passed}", $"{result.Failed}", $"{result.Took.TotalSeconds:0.0}");

        AnsiConsole.Write(table);
        var (passed, failed) = (results.Sum(result => result.Passed), results.Sum(result => result.Failed));
        Console.WriteLine($"{passed} passed, {failed} failed");
        return failed == 0 && passed > 0 ? 0 : 1;
    }

    /// <summary>Unless nothing has changed since: to find that out, a build of everything takes a quarter of a minute.</summary>
    private static async Task<bool> BuildAllAsync(string repository, CancellationToken ct)
    {
        var stamp = new FileInfo(Path.Combine(repository, "artifacts", "bin", ".built"));
        string[] folders = [Path.Combine(repository, "src"), Path.Combine(repository, "tests")];
        // A file that is gone changes its folder.
        var sources = folders.SelectMany(folder => new DirectoryInfo(folder).EnumerateFileSystemInfos("*", SearchOption.AllDirectories))
            .Concat(new DirectoryInfo(repository).EnumerateFiles());
        var begun = DateTime.UtcNow;
        if (stamp.Exists && sources.All(source => source.LastWriteTimeUtc < stamp.LastWriteTimeUtc))
            return true;

        stamp.Delete();
        if (!await BuildAsync(Path.Combine(repository, "ChatApp.sln"), ct))
            return false;

        await stamp.Create().DisposeAsync();
        stamp.LastWriteTimeUtc = begun;
        return true;
    }

    internal static async Task<bool> BuildAsync(string path, CancellationToken ct)
    {
        Say.Line($"building {Path.GetFileName(path)}");
        using var build = Process.Start(new ProcessStartInfo("dotnet", ["build", path, "-c", "Release", "-v", "quiet", "-nologo", "-clp:ErrorsOnly;NoSummary"]))!;
        await build.WaitForExitAsync(ct);
        return build.ExitCode == 0;
    }
}
