using System.Text.RegularExpressions;
using ChatApp.Database.Catalog;

namespace ChatApp.Database.Planning;

/// <summary>What becomes of the values of a column when its type changes (PostgreSQL documentation, ALTER TABLE, "Notes", and chapter 10 "Type Conversion").</summary>
internal static partial class TypeChange
{
    private static readonly string[][] Families =
    [
        ["smallint", "integer", "bigint", "numeric", "real", "double precision"],
        ["text", "character varying", "character"],
        ["date", "timestamp without time zone", "timestamp with time zone"],
        ["json", "jsonb"],
        ["cidr", "inet"],
    ];

    // From left to right no value is lost, but each is written anew.
    private static readonly string[][] Widenings =
    [
        ["smallint", "integer", "bigint", "numeric"],
        ["smallint", "integer", "double precision"],
        ["real", "double precision"],
        ["date", "timestamp without time zone"],
        ["date", "timestamp with time zone"],
    ];

    /// <summary>The new value. Text is the one form from and to which every type can be cast.</summary>
    public static string Using(string column, Column to, Column from)
    {
        var direct = Base(to.Type) is "text" or "character varying"
            || Families.Any(family => family.Contains(Base(from.Type)) && family.Contains(Base(to.Type)));
        return from.Type == to.Type && from.OwnType is null ? column : direct ? $"{column}::{to.Type}" : $"{column}::text::{to.Type}";
    }

    public static Hazard? Hazard(Column from, Column to)
    {
        if (OnlyCatalogChanges(from.Type, to.Type))
        {
            return from.Collation == to.Collation
                ? null
                : new Hazard(Danger.LongLock, $"every index on {to.FullName} is built anew while nobody reads or writes {to.Table}", Beside(to));
        }

        return Base(to.Type) == "text" || Widenings.Any(types => Before(types, Base(from.Type), Base(to.Type)) && !HasModifier(to.Type))
            ? new Hazard(Danger.LongLock, $"every row of {to.Table} is written anew while nobody reads or writes it", Beside(to))
            : new Hazard(Danger.LosesData, $"values of {to.FullName} that are no {to.Type} are cut, rounded or stop the migration", Beside(to));
    }

    /// <summary>The cases that the server knows to need no look at the rows.</summary>
    private static bool OnlyCatalogChanges(string from, string to) => from == to || (Base(from), Base(to)) switch
    {
        ("character varying", "text") or ("text", "character varying") => !HasModifier(to),
        ("cidr", "inet") => true,
        ("character varying", "character varying") => !HasModifier(to) || HasModifier(from) && Modifiers(from)[0] <= Modifiers(to)[0],
        ("numeric", "numeric") => !HasModifier(to)
            || HasModifier(from) && Modifiers(from)[0] <= Modifiers(to)[0] && Modifiers(from).Last() == Modifiers(to).Last(),
        (var a, var b) when a == b && a.StartsWith("time", StringComparison.Ordinal) =>
            !HasModifier(to) || HasModifier(from) && Modifiers(from)[0] <= Modifiers(to)[0],
        _ => false,
    };

    private static string Beside(Column column) =>
        $"add a column of the new type beside {column.Name}, write both, copy the old rows in batches, read the new one, drop {column.Name} a release later";

    private static bool Before(string[] types, string from, string to) =>
        Array.IndexOf(types, from) is >= 0 and var first && Array.IndexOf(types, to) > first;

    private static string Base(string type) => Modifier().Replace(type, "");

    private static bool HasModifier(string type) => Modifier().IsMatch(type);

    private static int[] Modifiers(string type) =>
        [.. Modifier().Match(type).Groups[1].Value.Split(',').Select(number => int.Parse(number, System.Globalization.CultureInfo.InvariantCulture))];

    [GeneratedRegex(@"\((-?\d+(?:,-?\d+)?)\)")]
    private static partial Regex Modifier();
}
