using System.Text.Json.Nodes;

namespace ChatApp.AsyncApi;

/// <summary>
/// What of a change would break somebody: a reader of the old release who meets the new events, or one of the new release who meets old events, which wait in a
/// broker, an outbox or among the dead letters. A field may be added if it has a default; whatever else changes is a new version of the type.
/// </summary>
public static class Compatibility
{
    /// <param name="published">What the repository says was published.</param>
    /// <param name="now">What the contracts are now.</param>
    public static IReadOnlyList<string> Breaks(JsonObject published, JsonObject now)
    {
        var (before, after) = (Messages(Yaml.AsText(published)), Messages(Yaml.AsText(now)));
        List<string> breaks = [];
        foreach (var (type, old) in before)
        {
            if (!after.TryGetValue(type, out var current))
                breaks.Add($"{type} is gone.");
            else
                breaks.AddRange(Breaks(type, old, current));
        }

        return breaks;
    }

    private static IEnumerable<string> Breaks(string type, Message old, Message current)
    {
        if (old.Topic != current.Topic)
            yield return $"{type} moved from {old.Topic} to {current.Topic}.";
        if (!JsonNode.DeepEquals(old.Definition["bindings"], current.Definition["bindings"]))
            yield return $"{type} has another key.";

        var (fields, currentFields) = (Fields(old), Fields(current));
        foreach (var (name, schema) in fields)
        {
            if (!currentFields.TryGetPropertyValue(name, out var field))
                yield return $"{type}.{name} is gone.";
            else if (!JsonNode.DeepEquals(schema, field))
                yield return $"{type}.{name} was {schema!.ToJsonString()} and is {field!.ToJsonString()}.";
        }

        foreach (var (name, _) in currentFields.Where(field => !fields.ContainsKey(field.Key)))
        {
            if (current.Definition["payload"]!["required"]?.AsArray().Any(required => required!.GetValue<string>() == name) == true)
                yield return $"{type}.{name} is new and has no default.";
        }
    }

    private static JsonObject Fields(Message message) => message.Definition["payload"]!["properties"]!.AsObject();

    private static Dictionary<string, Message> Messages(JsonObject document) =>
        (from channel in document["channels"]!.AsObject()
         from message in channel.Value!["messages"]!.AsObject()
         select (message.Key, new Message(channel.Key, document["components"]!["messages"]![message.Key]!.AsObject())))
        .ToDictionary(message => message.Key, message => message.Item2);

    private sealed record Message(string Topic, JsonObject Definition);
}
