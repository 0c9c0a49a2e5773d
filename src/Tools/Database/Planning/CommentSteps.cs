using ChatApp.Database.Catalog;
using ChatApp.Database.Compare;

namespace ChatApp.Database.Planning;

/// <summary>A comment goes with its object: one that stays is said again for an object that was made again.</summary>
internal sealed class CommentSteps(Comparison comparison, Recreations recreations)
{
    public IEnumerable<PlanStep> Steps() =>
    [
        .. comparison.Comments.Removed.Where(comment => IsThere(comment) && !IsNew(comment)).Select(comment => Say(comment, "NULL")),
        .. comparison.Comments.Kept.Where(comment => comment.From.Text != comment.To.Text || IsNew(comment.To)).Select(comment => comment.To)
            .Concat(comparison.Comments.Added)
            .Select(comment => Say(comment, SqlText.Literal(comment.Text))),
    ];

    private static PlanStep Say(Comment comment, string text) => new($"COMMENT ON {comment.Kind} {On(comment)} IS {text}");

    private static string On(Comment comment) => comment.Kind switch
    {
        "COLUMN" => SqlText.Name(new ColumnName(comment.Name, comment.Part)),
        "CONSTRAINT" => $"{SqlText.Name(comment.Part)} ON {SqlText.Name(comment.Name)}",
        _ => SqlText.Name(comment.Name),
    };

    private bool IsNew(Comment comment) => comment.Kind switch
    {
        "COLUMN" or "VIEW" or "MATERIALIZED VIEW" => recreations.Views.Contains(comment.Name),
        "CONSTRAINT" => recreations.Constraints.Any(constraint => constraint.Table == comment.Name && constraint.Name == comment.Part),
        "INDEX" => recreations.Indexes.Any(index => index.Name == comment.Name)
            || recreations.Constraints.Any(constraint => constraint.Name == comment.Name)
            || comparison.To.Indexes.Any(index => index.Name == comment.Name && recreations.Views.Contains(index.Table)),
        "TYPE" => recreations.Enums.Contains(comment.Name),
        _ => false,
    };

    private bool IsThere(Comment comment)
    {
        var to = comparison.To;
        return comment.Kind switch
        {
            "COLUMN" => to.Columns.Any(column => column.Table == comment.Name && column.Name == comment.Part) || to.Views.Any(view => view.Name == comment.Name),
            "CONSTRAINT" => to.Constraints.Any(constraint => constraint.Table == comment.Name && constraint.Name == comment.Part),
            "TABLE" => to.Tables.Any(table => table.Name == comment.Name),
            "VIEW" or "MATERIALIZED VIEW" => to.Views.Any(view => view.Name == comment.Name),
            "INDEX" => to.Indexes.Any(index => index.Name == comment.Name) || to.Constraints.Any(constraint => constraint.Name == comment.Name),
            "SEQUENCE" => to.Sequences.Any(sequence => sequence.Name == comment.Name),
            "TYPE" => to.Enums.Any(type => type.Name == comment.Name),
            "DOMAIN" => to.Domains.Any(type => type.Name == comment.Name),
            _ => false,
        };
    }
}
