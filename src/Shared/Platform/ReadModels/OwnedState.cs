using System.Globalization;
using System.Text.Json;
using ChatApp.Contracts;
using ChatApp.Platform.Messaging;

namespace ChatApp.Platform.ReadModels;

/// <summary>What a service owns and others keep copies of, told by the events that would tell of it, with the versions of now.</summary>
/// <param name="Name">What the command line calls it: <c>state {Name}</c>.</param>
public sealed record OwnedState(string Name, Func<CancellationToken, IAsyncEnumerable<OutboxEvent>> Read)
{
    private const string End = "end ";

    /// <summary>The event of a line.</summary>
    public static T Event<T>(JsonElement data)
        where T : IEvent => (T)data.Deserialize(typeof(T), EventJson.Default)!;

    /// <summary>A line for each event, then one that says how many there were.</summary>
    internal async Task WriteAsync(TextWriter output, CancellationToken ct)
    {
        var count = 0L;
        await foreach (var stored in Read(ct))
        {
            await output.WriteLineAsync($"{stored.Type} {stored.Payload}");
            count++;
        }

        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{End}{count}"));
    }

    /// <summary>The events of all lines.</summary>
    /// <exception cref="StartupException">It is not whole: whoever took what is missing for deleted would do harm.</exception>
    public static async Task<IReadOnlyList<(string Type, JsonElement Data)>> ReadAsync(TextReader state, CancellationToken ct)
    {
        List<(string Type, JsonElement Data)> events = [];
        while (await state.ReadLineAsync(ct) is { } line)
        {
            if (line.StartsWith(End, StringComparison.Ordinal))
                return line == string.Create(CultureInfo.InvariantCulture, $"{End}{events.Count}") ? events : throw NotWhole();

            var space = line.IndexOf(' ', StringComparison.Ordinal);
            events.Add((line[..space], JsonDocument.Parse(line[(space + 1)..]).RootElement));
        }

        throw NotWhole();
    }

    private static StartupException NotWhole() => new("The owner's state is not whole, so nothing was changed. Try again.");
}
