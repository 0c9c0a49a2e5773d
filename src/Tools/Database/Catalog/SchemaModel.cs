namespace ChatApp.Database.Catalog;

/// <summary>
/// One PostgreSQL schema as its catalog describes it: flat lists, each object found by its name. Expressions are the server's own text of them
/// (PostgreSQL documentation, chapter 53 "System Catalogs" and 9.26 "System Catalog Information Functions"), with the names of this schema unqualified.
/// </summary>
public sealed record SchemaModel(
    Items<Table> Tables,
    Items<Column> Columns,
    Items<Constraint> Constraints,
    Items<TableIndex> Indexes,
    Items<Sequence> Sequences,
    Items<EnumType> Enums,
    Items<DomainType> Domains,
    Items<View> Views,
    Items<OtherObject> Others,
    Items<Comment> Comments)
{
    public static SchemaModel Empty { get; } = new(new([]), new([]), new([]), new([]), new([]), new([]), new([]), new([]), new([]), new([]));
}

/// <param name="Options">Storage parameters such as fillfactor, sorted.</param>
public sealed record Table(string Name, Items<string> Options);

/// <summary>The order of columns is no part of it: PostgreSQL can only append one.</summary>
/// <param name="Type">With its modifiers, as in <c>character varying(10)</c>.</param>
/// <param name="OwnType">The enum or domain of this schema that the type is, or is an array of.</param>
/// <param name="Generated">The expression, its parentheses and its kind, as in <c>(lower(name)) STORED</c>.</param>
/// <param name="GeneratedFrom">The columns that the expression reads.</param>
/// <param name="Collation">Only if it is not the type's own.</param>
public sealed record Column(
    string Table, string Name, string Type, string? OwnType, bool NotNull, string? Default, string? Generated, Items<string> GeneratedFrom,
    Identity? Identity, string? Collation)
{
    public ColumnName FullName => new(Table, Name);
}

public readonly record struct ColumnName(string Table, string Column)
{
    public override string ToString() => $"{Table}.{Column}";
}

public sealed record Identity(bool Always, Counting Counting);

/// <summary>How a sequence counts.</summary>
public sealed record Counting(string Type, long Start, long Increment, long Min, long Max, long Cache, bool Cycle);

public enum ConstraintKind
{
    PrimaryKey,
    Unique,
    Exclude,
    Check,
    ForeignKey,
}

/// <param name="Definition">What follows <c>CONSTRAINT name</c>.</param>
/// <param name="Columns">All columns of its table that it reads.</param>
/// <param name="References">Of a foreign key.</param>
public sealed record Constraint(string Table, string Name, ConstraintKind Kind, string Definition, Items<string> Columns, ForeignTable? References);

/// <param name="Key">The unique index or constraint that makes the columns a key.</param>
public sealed record ForeignTable(string Table, Items<string> Columns, string Key)
{
    /// <summary>Where several keys would do, the server takes the oldest: which one is no part of what is declared.</summary>
    public bool Equals(ForeignTable? other) => other is not null && Table == other.Table && Columns.Equals(other.Columns);

    public override int GetHashCode() => HashCode.Combine(Table, Columns);
}

/// <summary>An index that belongs to no constraint.</summary>
/// <param name="Table">A table or a materialised view.</param>
/// <param name="Definition">What follows <c>USING</c>: method, columns or expressions, included columns, condition.</param>
/// <param name="Columns">All columns of its table that it reads.</param>
/// <param name="Valid">Not what a failed <c>CREATE INDEX CONCURRENTLY</c> left behind.</param>
public sealed record TableIndex(string Table, string Name, bool Unique, string Definition, Items<string> Columns, bool Valid);

/// <param name="Owner">The column with which the sequence is dropped.</param>
public sealed record Sequence(string Name, Counting Counting, ColumnName? Owner);

public sealed record EnumType(string Name, Items<string> Labels);

public sealed record DomainType(
    string Name, string Type, string? OwnType, bool NotNull, string? Default, string? Collation, Items<DomainCheck> Checks);

public sealed record DomainCheck(string Name, string Definition);

/// <param name="Options">Such as security_barrier and check_option.</param>
/// <param name="Uses">What has to be there before the view and can't be changed under it.</param>
public sealed record View(string Name, bool Materialized, string Definition, Items<string> Options, Items<ViewUse> Uses);

public enum UseKind
{
    Relation,
    Column,
    Constraint,
    Type,
}

/// <param name="Name">The relation, the type, or the table of the constraint.</param>
/// <param name="Part">The column or the constraint.</param>
public sealed record ViewUse(UseKind Kind, string Name, string Part);

/// <summary>Something that no migration is derived for: a function, a trigger, a partitioned table. Seen, so that a difference is not passed over.</summary>
public sealed record OtherObject(string Kind, string Name, string Definition);

/// <param name="Kind">As in <c>COMMENT ON kind</c>.</param>
/// <param name="Name">The object, or the table of a column or constraint.</param>
/// <param name="Part">The column or constraint, else empty.</param>
public sealed record Comment(string Kind, string Name, string Part, string Text);
