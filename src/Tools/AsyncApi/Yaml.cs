using System.Text.Json;
using System.Text.Json.Nodes;
using YamlDotNet.Serialization;

namespace ChatApp.AsyncApi;

/// <summary>The document as it lies in the repository.</summary>
public static class Yaml
{
    public static string Write(JsonObject document) =>
        "# Written by `./chat asyncapi` from src/Shared/Contracts. Not to be edited.\n"
        + new SerializerBuilder().WithIndentedSequences().WithQuotingNecessaryStrings().WithMaximumRecursion(100).DisableAliases().Build()
            .Serialize(Plain(document)!).ReplaceLineEndings("\n");

    public static JsonObject Read(string yaml)
    {
        var plain = new DeserializerBuilder().Build().Deserialize<object>(yaml);
        // Everything is text after this, which is all that a comparison needs.
        return JsonNode.Parse(new SerializerBuilder().JsonCompatible().Build().Serialize(plain))!.AsObject();
    }

    /// <summary>The same with every number and truth value as text.</summary>
    public static JsonObject AsText(JsonObject document) => Read(Write(document));

    private static object? Plain(JsonNode? node) => node switch
    {
        JsonObject fields => fields.ToDictionary(field => field.Key, field => Plain(field.Value)),
        JsonArray items => items.Select(Plain).ToList(),
        JsonValue value => value.GetValueKind() switch
        {
            JsonValueKind.String => value.GetValue<string>(),
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => value.ToJsonString(),
        },
        _ => null,
    };
}
