using MongoDB.Bson;

namespace ChatApp.Database.Mongo;

/// <summary>Tells whether a validator refuses documents that the one before it let pass.</summary>
internal static class Tightening
{
    /// <summary>Rules that a greater number makes looser; those of <see cref="Lower"/> a smaller one.</summary>
    private static readonly string[] Upper = ["maximum", "maxLength", "maxItems", "maxProperties"], Lower = ["minimum", "minLength", "minItems", "minProperties"];

    /// <param name="known">Fields that documents may have although no rule is about them.</param>
    /// <returns>The first rule that is new or stricter, in words; null if every document that passed still does. What it does not understand counts as stricter.</returns>
    public static string? Of(BsonDocument? from, BsonDocument? to, IReadOnlySet<string> known) =>
        to is null ? null : Of(Schema(from), Schema(to), "", known);

    private static BsonDocument Schema(BsonDocument? validator) => validator is null ? [] : validator["$jsonSchema"].AsBsonDocument;

    private static string? Of(BsonDocument from, BsonDocument to, string path, IReadOnlySet<string> known) =>
        to.Select(rule => Stricter(from, rule, path, known)).FirstOrDefault(stricter => stricter is not null);

    private static string? Stricter(BsonDocument from, BsonElement rule, string path, IReadOnlySet<string> known)
    {
        var before = from.GetValue(rule.Name, BsonNull.Value);
        var stricter = rule.Name switch
        {
            _ when before == rule.Value => false,
            "properties" => (bool?)null,
            "items" when rule.Value.IsBsonDocument => null,
            "required" => All(rule.Value).Except(All(before)).Any(),
            "enum" or "bsonType" => before.IsBsonNull || All(before).Except(All(rule.Value)).Any(),
            var name when Upper.Contains(name) => before.IsBsonNull || rule.Value.ToDouble() < before.ToDouble(),
            var name when Lower.Contains(name) => before.IsBsonNull || rule.Value.ToDouble() > before.ToDouble(),
            _ => true,
        };
        return stricter switch
        {
            true => $"{path}{rule.Name}",
            false => null,
            null when rule.Name == "items" => Of(before as BsonDocument ?? [], rule.Value.AsBsonDocument, $"{path}items.", known),
            null => Properties(from, before as BsonDocument ?? [], rule.Value.AsBsonDocument, path, known),
        };
    }

    /// <summary>A rule about a field that nothing spoke of before is about documents to come.</summary>
    private static string? Properties(BsonDocument owner, BsonDocument from, BsonDocument to, string path, IReadOnlySet<string> known) =>
        to.Where(field => from.Contains(field.Name) || All(owner.GetValue("required", BsonNull.Value)).Contains(field.Name) || (path.Length == 0 && known.Contains(field.Name)))
            .Select(field => Of(from.GetValue(field.Name, new BsonDocument()).AsBsonDocument, field.Value.AsBsonDocument, $"{path}{field.Name}.", known))
            .FirstOrDefault(stricter => stricter is not null);

    private static BsonArray All(BsonValue value) => value switch
    {
        BsonArray array => array,
        BsonNull => [],
        _ => [value],
    };
}
