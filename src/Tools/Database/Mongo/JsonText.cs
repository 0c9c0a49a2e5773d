using MongoDB.Bson;
using MongoDB.Bson.IO;

namespace ChatApp.Database.Mongo;

/// <summary>Extended JSON as a person would write it: what is short on one line, the rest with a line for each member.</summary>
internal static class JsonText
{
    private const int Width = 140;

    private static readonly JsonWriterSettings Scalars = new() { OutputMode = JsonOutputMode.RelaxedExtendedJson };

    public static string Of(BsonValue value, int indent = 0)
    {
        var flat = Flat(value);
        if (flat.Length + indent <= Width || value is not (BsonDocument or BsonArray))
            return flat;

        var inner = new string(' ', indent + 2);
        var members = value is BsonDocument document
            ? document.Select(member => $"{inner}{Name(member.Name)}: {Of(member.Value, indent + 2)}")
            : value.AsBsonArray.Select(item => $"{inner}{Of(item, indent + 2)}");
        var (open, close) = value is BsonDocument ? ('{', '}') : ('[', ']');
        return $"{open}\n{string.Join(",\n", members)}\n{new string(' ', indent)}{close}";
    }

    private static string Flat(BsonValue value) => value switch
    {
        BsonDocument { ElementCount: 0 } => "{}",
        BsonDocument document => $"{{ {string.Join(", ", document.Select(member => $"{Name(member.Name)}: {Flat(member.Value)}"))} }}",
        BsonArray array => $"[{string.Join(", ", array.Select(Flat))}]",
        _ => value.ToJson(Scalars),
    };

    private static string Name(string name) => new BsonString(name).ToJson(Scalars);
}
