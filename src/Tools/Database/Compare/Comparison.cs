using ChatApp.Database.Catalog;

namespace ChatApp.Database.Compare;

/// <summary>What has to happen to <paramref name="From"/> to make it <paramref name="To"/>; columns and the like of whole tables included.</summary>
public sealed record Comparison(
    SchemaModel From,
    SchemaModel To,
    Delta<Table> Tables,
    Delta<Column> Columns,
    Delta<Constraint> Constraints,
    Delta<TableIndex> Indexes,
    Delta<Sequence> Sequences,
    Delta<EnumType> Enums,
    Delta<DomainType> Domains,
    Delta<View> Views,
    Delta<OtherObject> Others,
    Delta<Comment> Comments)
{
    public bool IsEmpty =>
        Tables.IsEmpty && Columns.IsEmpty && Constraints.IsEmpty && Indexes.IsEmpty && Sequences.IsEmpty && Enums.IsEmpty && Domains.IsEmpty
        && Views.IsEmpty && Others.IsEmpty && Comments.IsEmpty;

    public static Comparison Between(SchemaModel from, SchemaModel to) => new(
        from,
        to,
        Delta.Between(from.Tables, to.Tables, table => table.Name),
        Delta.Between(from.Columns, to.Columns, column => column.FullName),
        Delta.Between(from.Constraints, to.Constraints, constraint => (constraint.Table, constraint.Name)),
        Delta.Between(from.Indexes, to.Indexes, index => (index.Table, index.Name)),
        Delta.Between(from.Sequences, to.Sequences, sequence => sequence.Name),
        Delta.Between(from.Enums, to.Enums, type => type.Name),
        Delta.Between(from.Domains, to.Domains, type => type.Name),
        Delta.Between(from.Views, to.Views, view => view.Name),
        Delta.Between(from.Others, to.Others, other => (other.Kind, other.Name)),
        Delta.Between(from.Comments, to.Comments, comment => (comment.Kind, comment.Name, comment.Part)));
}
