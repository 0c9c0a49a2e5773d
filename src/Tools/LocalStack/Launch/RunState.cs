using System.Text.Json;

namespace ChatApp.LocalStack.Launch;

/// <summary>What runs, written while it runs, so that another command (or the next start) can find and stop it.</summary>
/// <param name="Stopping">True from the moment that somebody stops it, so that others do not take that for a crash.</param>
public sealed record RunState(string Gateway, IReadOnlyList<Part> Parts, bool Stopping = false)
{
    public static RunState? Load(StackOptions options)
    {
        try
        {
            return JsonSerializer.Deserialize<RunState>(File.ReadAllText(PathOf(options)));
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException or JsonException)
        {
            return null;
        }
    }

    public void Save(StackOptions options)
    {
        var path = PathOf(options);
        File.WriteAllText(path + ".new", JsonSerializer.Serialize(this));
        File.Move(path + ".new", path, overwrite: true);
    }

    /// <summary>Stops everything, the last started first, and forgets it.</summary>
    public async Task StopAsync(StackOptions options, Action<string> progress)
    {
        (this with { Stopping = true }).Save(options);
        foreach (var part in Parts.Reverse().Where(part => part.IsRunning))
        {
            progress($"stopping {part.Name}");
            await part.StopAsync(TimeSpan.FromSeconds(15));
        }

        File.Delete(PathOf(options));
    }

    private static string PathOf(StackOptions options) => Path.Combine(options.State, "run.json");
}
