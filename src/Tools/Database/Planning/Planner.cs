using ChatApp.Database.Compare;

namespace ChatApp.Database.Planning;

/// <summary>
/// Puts the statements in an order in which each finds what it needs: what stands in the way goes first (views, foreign keys, indexes, other constraints),
/// then types, sequences, tables and columns change, then constraints, indexes and views come back.
/// </summary>
public static class Planner
{
    public static Plan Plan(Comparison comparison)
    {
        var recreations = new Recreations(comparison);
        var types = new TypeSteps(comparison, recreations);
        var sequences = new SequenceSteps(comparison);
        var tables = new TableSteps(comparison);
        var columns = new ColumnSteps(comparison, recreations);
        var constraints = new ConstraintSteps(comparison, recreations);
        var indexes = new IndexSteps(comparison, recreations);
        var views = new ViewSteps(comparison, recreations);
        PlanStep[] steps =
        [
            .. views.Drop(),
            .. constraints.DropForeignKeys(),
            .. sequences.Disown(),
            .. tables.Drop(),
            .. indexes.Drop(),
            .. constraints.DropOthers(),
            .. columns.Drop(),
            .. types.Change(),
            .. sequences.Change(),
            .. tables.Create(),
            .. columns.Change(),
            .. tables.ChangeOptions(),
            .. constraints.AddOthers(),
            .. indexes.Create(),
            .. constraints.AddForeignKeys(),
            .. constraints.Validate(),
            .. sequences.Own(),
            .. types.Drop(),
            .. sequences.Drop(),
            .. views.Create(),
            .. new CommentSteps(comparison, recreations).Steps(),
        ];
        return new Plan(steps, [.. Refusals.Of(comparison, recreations)]);
    }

    /// <summary>Those first on which the others build; what is in a circle comes last, in its order.</summary>
    internal static List<T> InOrder<T>(IEnumerable<T> items, Func<T, string> name, Func<T, IEnumerable<string>> needs)
    {
        var waiting = items.ToList();
        var sorted = new List<T>();
        while (waiting.Count > 0)
        {
            var names = waiting.Select(name).ToHashSet();
            var next = waiting.FindIndex(item => !needs(item).Any(need => need != name(item) && names.Contains(need)));
            next = Math.Max(next, 0);
            sorted.Add(waiting[next]);
            waiting.RemoveAt(next);
        }

        return sorted;
    }
}
