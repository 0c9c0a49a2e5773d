using System.Globalization;
using ChatApp.Platform.Database;

namespace ChatApp.Platform.Messaging;

/// <summary>
/// <c>deadletters list|show|replay|discard</c> as a service's arguments: the service does that with its own dead letters and ends, without serving. A replay
/// hands the event to this service's own handler, so that no other subscriber hears it again.
/// </summary>
public sealed record DeadLetterCommand(string Verb, DeadLetterFilter Filter, bool All, bool Json)
{
    private const string Usage =
        "usage: deadletters list|show|replay|discard [--topic t] [--type t] [--since 2h|2026-03-01T12:00Z] [--id id] [--all] [--json]";

    public static readonly IReadOnlyList<string> Verbs = ["list", "show", "replay", "discard"];

    /// <exception cref="StartupException">The arguments are none that the command knows.</exception>
    public static DeadLetterCommand Parse(string[] arguments, TimeProvider time)
    {
        if (arguments is not [_, var verb, .. var options] || !Verbs.Contains(verb))
            throw new StartupException(Usage);

        var (filter, all, json) = (new DeadLetterFilter(), false, false);
        for (var i = 0; i < options.Length; i++)
        {
            var value = i + 1 < options.Length ? options[i + 1] : null;
            (filter, all, json, i) = (options[i], value) switch
            {
                ("--json", _) => (filter, all, true, i),
                ("--all", _) => (filter, true, json, i),
                ("--topic", not null) => (filter with { Topic = value }, all, json, i + 1),
                ("--type", not null) => (filter with { Type = value }, all, json, i + 1),
                ("--since", not null) => (filter with { Since = Since(value, time) }, all, json, i + 1),
                ("--id", not null) => (filter with { Id = Guid.TryParse(value, out var id) ? id : throw new StartupException($"{value} is no letter's id.") }, all, json, i + 1),
                _ => throw new StartupException($"{options[i]} is not known, or lacks its value. {Usage}"),
            };
        }

        if (verb is "replay" or "discard" && filter == new DeadLetterFilter() && !all)
            throw new StartupException($"deadletters {verb} needs a filter, or --all for every letter.");
        // Who names one letter, or asks for all there are, means those that were replayed too. A replay of all is of those that wait.
        return new DeadLetterCommand(verb, filter with { Replayed = filter.Id is not null || (all && verb is "list" or "show") }, all, json);
    }

    /// <returns>The exit code: 0 only if all is well.</returns>
    internal async Task<int> RunAsync(IServiceDatabase database, IDeadLetterStore letters, DeadLetterReplay replay, TextWriter output, TextWriter error, CancellationToken ct)
    {
        var found = await letters.FindAsync(Filter, ct);
        List<DeadLetterLine> lines = [];
        foreach (var letter in found)
        {
            lines.Add(await ActAsync(letter, letters, replay, ct));
            if (!Json)
                await output.WriteLineAsync(Verb == "show" ? lines[^1].InFull() : lines[^1].ToString());
        }

        var problem = found.Count == 0 && Filter.Id is { } id ? $"there is no dead letter {id}."
            : lines.Count(line => line.State == "failed") is > 0 and var failed ? $"{failed} of {lines.Count} could not be replayed and stay."
            : null;
        var more = found.Count == IDeadLetterStore.Max;
        if (Json)
            await output.WriteLineAsync(new DeadLetterReport(database.Target, Verb, problem is null, more, lines, problem).ToJson());
        else if (more)
            await error.WriteLineAsync($"{database.Target}: the first {found.Count}; there are more.");
        if (problem is not null && !Json)
            await error.WriteLineAsync($"{database.Target}: {problem}");
        return problem is null ? 0 : 1;
    }

    private async Task<DeadLetterLine> ActAsync(DeadLetter letter, IDeadLetterStore letters, DeadLetterReplay replay, CancellationToken ct)
    {
        switch (Verb)
        {
            case "replay":
                return await replay.RunAsync(letter, ct) is { } reason
                    ? new DeadLetterLine(letter with { Error = reason, Attempts = letter.Attempts + 1 }, "failed")
                    : new DeadLetterLine(letter, "replayed");
            case "discard":
                await letters.DiscardAsync(letter.Id, ct);
                return new DeadLetterLine(letter, "discarded");
            case "show":
                return DeadLetterLine.Of(letter).With(await letters.PayloadAsync(letter.Id, ct) ?? []);
            default:
                return DeadLetterLine.Of(letter);
        }
    }

    private static DateTimeOffset Since(string text, TimeProvider time)
    {
        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at))
            return at.ToUniversalTime();

        return int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var amount)
            ? time.GetUtcNow() - text[^1] switch
            {
                'm' => TimeSpan.FromMinutes(amount),
                'h' => TimeSpan.FromHours(amount),
                'd' => TimeSpan.FromDays(amount),
                _ => throw new StartupException($"{text} is no time: write 30m, 2h, 7d or 2026-03-01T12:00Z."),
            }
            : throw new StartupException($"{text} is no time: write 30m, 2h, 7d or 2026-03-01T12:00Z.");
    }
}
