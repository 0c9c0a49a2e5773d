using ChatApp.Database.Catalog;
using ChatApp.Database.Compare;

namespace ChatApp.Database.Planning;

/// <summary>Sequences that stand by themselves; that of an identity column belongs to the column.</summary>
internal sealed class SequenceSteps(Comparison comparison)
{
    /// <summary>Before the owner is dropped, so that the sequence isn't.</summary>
    public IEnumerable<PlanStep> Disown() =>
        comparison.Sequences.Changed.Where(sequence => IsGone(sequence.From.Owner))
            .Select(sequence => new PlanStep($"ALTER SEQUENCE {SqlText.Name(sequence.To.Name)} OWNED BY NONE"));

    public IEnumerable<PlanStep> Change() =>
    [
        .. comparison.Sequences.Added.Select(sequence => new PlanStep(Create(sequence))),
        .. comparison.Sequences.Changed.Where(sequence => sequence.From.Counting != sequence.To.Counting).Select(sequence => new PlanStep(Alter(sequence))),
    ];

    /// <summary>After the owner is there.</summary>
    public IEnumerable<PlanStep> Own() =>
    [
        .. comparison.Sequences.Added.Where(sequence => sequence.Owner is not null).Select(Own),
        .. comparison.Sequences.Changed.Where(sequence => sequence.From.Owner != sequence.To.Owner && !(sequence.To.Owner is null && IsGone(sequence.From.Owner)))
            .Select(sequence => Own(sequence.To)),
    ];

    /// <summary>After no default reads them; one whose owner was dropped went with it.</summary>
    public IEnumerable<PlanStep> Drop() =>
        comparison.Sequences.Removed.Where(sequence => !IsGone(sequence.Owner)).Select(sequence => new PlanStep(
            $"DROP SEQUENCE {SqlText.Name(sequence.Name)}",
            new Hazard(Danger.LosesData, $"{sequence.Name} forgets how far it has counted", "drop it a release after the last use")));

    private bool IsGone(ColumnName? column) => column is { } name && comparison.Columns.Removed.Any(removed => removed.FullName == name);

    private static string Create(Sequence sequence)
    {
        var type = sequence.Counting.Type == "bigint" ? "" : $" AS {sequence.Counting.Type}";
        var options = SqlText.Options(sequence.Counting, SqlText.Usual(sequence.Counting.Type));
        return $"CREATE SEQUENCE {SqlText.Name(sequence.Name)}{type}{string.Concat(options.Select(option => $" {option}"))}";
    }

    private static string Alter(Pair<Sequence> sequence)
    {
        var type = sequence.From.Counting.Type == sequence.To.Counting.Type ? "" : $" AS {sequence.To.Counting.Type}";
        return $"ALTER SEQUENCE {SqlText.Name(sequence.To.Name)}{type} {string.Join(' ', SqlText.Options(sequence.To.Counting, sequence.From.Counting))}";
    }

    private static PlanStep Own(Sequence sequence) =>
        new($"ALTER SEQUENCE {SqlText.Name(sequence.Name)} OWNED BY {(sequence.Owner is { } owner ? SqlText.Name(owner) : "NONE")}");
}
