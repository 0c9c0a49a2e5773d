using ChatApp.Platform.Database;

namespace ChatApp.Platform.ReadModels;

/// <summary>
/// <c>rebuild MODEL [--check]</c> as a service's arguments: the service compares a read model with its source, repairs it unless it is only to check, and ends. The
/// state of an owner comes on the standard input, from the owner's own <c>state NAME</c>, which must not begin before this one has said <c>ready</c>.
/// </summary>
internal static class RebuildCommand
{
    public const string Ready = "ready";

    private const int MaxShown = 100;

    /// <returns>The exit code: 0 if the model is, or is now, as its source says.</returns>
    public static async Task<int> RunAsync(
        IServiceDatabase database, IEnumerable<IReadModel> models, string[] arguments, TextReader input, TextWriter output, TextWriter error, CancellationToken ct)
    {
        var known = models.ToList();
        if (arguments is not [_, var name, .. var options] || options.Except(["--check"]).Any())
            throw new StartupException("usage: rebuild MODEL [--check]");

        var model = known.Find(model => model.Name == name)
            ?? throw new StartupException($"{database.Target} keeps no {name}: it is one of {string.Join(", ", known.Select(model => model.Name))}.");
        var check = options.Length > 0;
        var comparison = await model.RebuildAsync(input, () => error.WriteLine(Ready), check, ct);

        var ok = !check || comparison.Drift.Count == 0;
        await output.WriteLineAsync(
            new RebuildReport(database.Target, name, check, ok, comparison.Compared, comparison.Drift.Count, [.. comparison.Drift.Take(MaxShown)]).ToJson());
        return ok ? 0 : 1;
    }

    public static async Task<int> StateAsync(IServiceDatabase database, IEnumerable<OwnedState> states, string[] arguments, TextWriter output, CancellationToken ct)
    {
        var known = states.ToList();
        var state = arguments is [_, var name] ? known.Find(state => state.Name == name) : null;
        if (state is null)
            throw new StartupException($"usage: state NAME, and {database.Target} owns {string.Join(", ", known.Select(owned => owned.Name))}.");

        await state.WriteAsync(output, ct);
        return 0;
    }
}
