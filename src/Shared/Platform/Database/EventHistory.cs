using System.Runtime.CompilerServices;
using System.Text.Json;
using ChatApp.Contracts;

namespace ChatApp.Platform.Database;

/// <summary>A history as text: a line for each event, its type, a space and its JSON.</summary>
public static class EventHistory
{
    private static readonly Dictionary<string, Type> Types = typeof(IEvent).Assembly.GetExportedTypes()
        .Where(type => type.IsClass && type.IsAssignableTo(typeof(IEvent)))
        .ToDictionary(type => (string)type.GetProperty(nameof(IEvent.Type))!.GetValue(null)!);

    private static readonly Dictionary<Type, string> Names = Types.ToDictionary(type => type.Value, type => type.Key);

    public static string Write(object @event) => $"{Names[@event.GetType()]} {JsonSerializer.Serialize(@event, @event.GetType(), EventJson.Default)}";

    /// <exception cref="StartupException">A line is no event.</exception>
    public static async IAsyncEnumerable<object> ReadAsync(TextReader text, [EnumeratorCancellation] CancellationToken ct)
    {
        while (await text.ReadLineAsync(ct) is { } line)
            yield return Read(line);
    }

    private static object Read(string line)
    {
        var space = line.IndexOf(' ', StringComparison.Ordinal);
        if (space < 0 || !Types.TryGetValue(line[..space], out var type))
            throw new StartupException("The history has a line that begins with no type of an event.");

        try
        {
            return JsonSerializer.Deserialize(line.AsSpan(space + 1), type, EventJson.Default)!;
        }
        catch (JsonException exception)
        {
            throw new StartupException($"The history has a line that is no {line[..space]}: {exception.Message}", exception);
        }
    }
}
