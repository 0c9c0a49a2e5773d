using System.Text;

namespace ChatApp.Database.Diagrams;

/// <summary>A page of the documentation that shows a live database: a Mermaid diagram, then its indexes and checks. The same database makes the same text.</summary>
internal sealed class DiagramPage
{
    private readonly StringBuilder _diagram = new();
    private readonly StringBuilder _rows = new();

    /// <param name="attributes">Each as Mermaid writes it: type, name, keys, comment.</param>
    public void Entity(string name, IEnumerable<string> attributes)
    {
        _diagram.Append($"    {name} {{\n");
        foreach (var attribute in attributes)
            _diagram.Append($"        {attribute}\n");
        _diagram.Append("    }\n");
    }

    /// <param name="line">As Mermaid writes it: <c>users ||--o{ tokens : user_id</c>.</param>
    public void Relation(string line) => _diagram.Append($"    {line}\n");

    /// <param name="name">Of an index, a constraint or a validator.</param>
    public void Row(string place, string name, string definition) => _rows.Append($"| `{place}` | `{name}` | {Code(definition)} |\n");

    public string Write(string database, string target) =>
        $"""
        # {database}

        Drawn from the live database by `./chat db diagram {target}`: change the schema, then draw it again.

        ```mermaid
        erDiagram
        {_diagram.ToString().TrimEnd()}
        ```

        | of | key, index or check | is |
        |---|---|---|
        {_rows.ToString().TrimEnd()}

        """.ReplaceLineEndings("\n");

    /// <summary>A type as one word.</summary>
    public static string Word(string type) => type.Replace("timestamp with time zone", "timestamptz", StringComparison.Ordinal).Replace(' ', '_');

    private static string Code(string text) => $"`{text.ReplaceLineEndings(" ").Replace("|", "\\|", StringComparison.Ordinal)}`";
}
