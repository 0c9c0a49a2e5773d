using ChatApp.Database.Catalog;
using ChatApp.Database.Compare;

namespace ChatApp.Database.Planning;

/// <summary>
/// One column that stays. Its default and identity go before its type changes, because neither is converted with it; they come back when the type and NOT NULL,
/// which an identity needs, are as declared.
/// </summary>
internal sealed class ColumnChange(Pair<Column> column, Recreations recreations)
{
    private readonly Column _from = column.From;
    private readonly Column _to = column.To;
    private readonly bool _retyped = recreations.Retyped.ContainsKey(column.To.FullName);

    public IEnumerable<PlanStep> Steps()
    {
        var alter = $"ALTER TABLE {SqlText.Name(_to.Table)} ALTER COLUMN {SqlText.Name(_to.Name)}";
        if (_from.Default is not null && (_to.Default is null || _retyped))
            yield return new PlanStep($"{alter} DROP DEFAULT");
        if (_from.Identity is not null && _to.Identity is null)
            yield return new PlanStep($"{alter} DROP IDENTITY", Forgets());
        if (_from.NotNull && !_to.NotNull)
            yield return new PlanStep($"{alter} DROP NOT NULL");
        if (_retyped)
            yield return Retype(alter);
        if (!_from.NotNull && _to.NotNull)
            yield return new PlanStep($"{alter} SET NOT NULL", Scans());
        if (_to.Default is { } value && (_from.Default != value || _retyped))
            yield return new PlanStep($"{alter} SET DEFAULT {value}");
        if (_to.Identity is { } identity && _from.Identity is null)
            yield return new PlanStep($"{alter} ADD {SqlText.As(identity)}", StartsOver(identity));
        else if (_to.Identity is { } after && _from.Identity is { } before && before != after)
            yield return new PlanStep($"{alter} {Change(before, after)}");
    }

    private PlanStep Retype(string alter)
    {
        var type = $"{_to.Type}{(_to.Collation is { } collation ? $" COLLATE {collation}" : "")}";
        var replaced = _from.Type == _to.Type && _from.Collation == _to.Collation;
        return new PlanStep($"{alter} TYPE {type} USING {TypeChange.Using(SqlText.Name(_to.Name), _to, _from)}", replaced ? LosesLabels() : TypeChange.Hazard(_from, _to));
    }

    private static string Change(Identity before, Identity after) => string.Join(' ', (string[])
    [
        .. before.Always == after.Always ? (string[])[] : [$"SET GENERATED {(after.Always ? "ALWAYS" : "BY DEFAULT")}"],
        .. SqlText.Options(after.Counting, before.Counting).Select(option => $"SET {option}"),
    ]);

    private Hazard Scans() => new(Danger.LongLock,
        $"all rows of {_to.Table} are read while nobody reads or writes it, and a null stops the migration",
        $"add CHECK ({SqlText.Name(_to.Name)} IS NOT NULL) NOT VALID, fill and VALIDATE it in the next migration; SET NOT NULL then reads nothing");

    private Hazard LosesLabels() => new(Danger.LosesData,
        $"every row of {_to.Table} is written anew while nobody reads or writes it, and a row with a label that is gone stops the migration",
        $"to use a new label of {_to.OwnType}, declare and generate it first, its use after; to drop one, move the rows away from it and leave it unused");

    private Hazard Forgets() => new(Danger.LosesData, $"{_to.FullName} forgets how far it has counted", "make the program give the numbers, then drop it a release later");

    private Hazard StartsOver(Identity identity) => new(Danger.MayFail,
        $"{_to.FullName} counts from {identity.Counting.Start}, where rows may have that number already",
        $"append SELECT setval(pg_get_serial_sequence('{SqlText.Name(_to.Table)}', '{_to.Name}'), max({SqlText.Name(_to.Name)})) FROM {SqlText.Name(_to.Table)} by hand");
}
