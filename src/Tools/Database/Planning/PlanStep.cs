namespace ChatApp.Database.Planning;

/// <summary>One statement on the way from one schema to another, without its semicolon.</summary>
public sealed record PlanStep(string Sql, Hazard? Hazard = null);

public enum Danger
{
    /// <summary>What it removes doesn't come back.</summary>
    LosesData,

    /// <summary>On a big table, writers or everybody wait until all rows have been read or rewritten.</summary>
    LongLock,

    /// <summary>It stops the migration, or what is written later, if data is there that it doesn't suit.</summary>
    MayFail,
}

internal static class Dangers
{
    public static string InWords(this Danger danger) => danger switch
    {
        Danger.LosesData => "Loses data",
        Danger.LongLock => "Long lock",
        Danger.MayFail => "May fail",
    };
}

/// <summary>Why a statement needs a decision.</summary>
/// <param name="Reason">What happens, in one line.</param>
/// <param name="Instead">The way that lets old and new programs run beside each other, in one line.</param>
public sealed record Hazard(Danger Danger, string Reason, string Instead)
{
    public override string ToString() => $"{Danger.InWords()}: {Reason}. Instead: {Instead}.";
}

/// <summary>A difference that no statement is derived for.</summary>
/// <param name="What">As in <c>function f(integer)</c>.</param>
/// <param name="Why">And what to do, in one line.</param>
public sealed record Refusal(string What, string Why)
{
    public override string ToString() => $"{What}: {Why}";
}

/// <summary>The statements that lead from one schema to another, in order; of no use if there is a refusal.</summary>
public sealed record Plan(IReadOnlyList<PlanStep> Steps, IReadOnlyList<Refusal> Refusals)
{
    public IEnumerable<Hazard> Hazards => Steps.Select(step => step.Hazard).OfType<Hazard>();
}
