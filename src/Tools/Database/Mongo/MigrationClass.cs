using System.Globalization;
using System.Text;
using ChatApp.Database.Planning;
using ChatApp.Platform.Database;
using MongoDB.Bson;

namespace ChatApp.Database.Mongo;

/// <summary>Writes a step as C#: <c>V7AddPins.cs</c>.</summary>
internal static class MigrationClass
{
    /// <param name="name">In words: <c>add pins</c>.</param>
    public static string Name(int version, string name) =>
        string.Create(CultureInfo.InvariantCulture, $"V{version}{string.Concat(name.Split(' ').Select(word => char.ToUpperInvariant(word[0]) + word[1..]))}");

    public static string Text(string spaceOf, int version, string name, IReadOnlyList<CollectionChange> changes)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"using ChatApp.Platform.Database;\n\nnamespace {spaceOf};\n\n/// <summary>Derived from the declared schema.</summary>\n");
        text.Append(CultureInfo.InvariantCulture, $"internal sealed class {Name(version, name)}() : MongoMigration(\n    {version},\n    \"{name}\"");
        foreach (var change in changes)
        {
            text.Append(",\n");
            foreach (var hazard in change.Hazards)
                text.Append(CultureInfo.InvariantCulture, $"    // {hazard.Danger.InWords()}: {hazard.Reason}.\n    // Instead: {hazard.Instead}.\n");
            text.Append(Shape(change.Shape));
        }

        return text.Append(");\n").ToString();
    }

    private static string Shape(CollectionShape shape)
    {
        IEnumerable<string> arguments =
        [
            $"        \"{shape.Name}\"",
            shape.Schema is null ? "        Schema: null" : Literal(shape.Schema),
            .. shape.Indexes.Select(Literal),
        ];
        var drop = string.Join(", ", shape.Drop.Select(index => $"\"{index}\""));
        var rest = shape.Gone ? " { Gone = true }" : drop.Length > 0 ? $"\n    {{\n        Drop = [{drop}],\n    }}" : "";
        return $"    new CollectionShape(\n{string.Join(",\n", arguments)}){rest}";
    }

    /// <summary>A raw string: no JSON has three quotation marks in a row.</summary>
    private static string Literal(string json)
    {
        var lines = JsonText.Of(BsonDocument.Parse(json)).Split('\n');
        return lines.Length == 1 ? $"        \"\"\"{lines[0]}\"\"\"" : $"        \"\"\"\n{string.Join('\n', lines.Select(line => $"        {line}"))}\n        \"\"\"";
    }
}
