using System.Globalization;
using Spectre.Console;

namespace ChatApp.Benchmarks.Results;

/// <summary>Results on a terminal.</summary>
internal static class Report
{
    public static void Show(BenchResults results)
    {
        foreach (var scenario in results.Figures.GroupBy(figure => figure.Scenario))
            Show(scenario.Key, [.. scenario]);
        foreach (var note in results.Notes)
            AnsiConsole.MarkupLineInterpolated($"[yellow]note:[/] {note}");
    }

    /// <summary>A row for each figure, a column for each case: the median, and the least and the greatest of the runs.</summary>
    private static void Show(string scenario, IReadOnlyList<Figure> figures)
    {
        var cases = figures.Select(figure => figure.Case).Distinct().ToList();
        var table = new Table().Border(TableBorder.Simple).AddColumn(Markup.Escape(scenario)).AddColumn("unit");
        foreach (var @case in cases)
            table.AddColumn(new TableColumn(Markup.Escape(@case)).RightAligned());
        foreach (var (name, unit) in Rows(figures))
        {
            var row = figures.Where(figure => figure.Name == name).ToDictionary(figure => figure.Case, Text);
            string[] cells = [name, unit, .. cases.Select(@case => row.GetValueOrDefault(@case, ""))];
            table.AddRow([.. cells.Select(Markup.Escape)]);
        }

        AnsiConsole.Write(table);
    }

    /// <summary>A case with few operations lacks percentiles: what others have besides comes where they have it.</summary>
    private static List<(string Name, string Unit)> Rows(IReadOnlyList<Figure> figures)
    {
        var rows = new List<(string Name, string Unit)>();
        foreach (var @case in figures.GroupBy(figure => figure.Case))
        {
            var place = -1;
            foreach (var row in @case.Select(figure => (figure.Name, figure.Unit)))
            {
                if (rows.IndexOf(row) is var known and >= 0)
                    place = known;
                else
                    rows.Insert(++place, row);
            }
        }

        return rows;
    }

    public static void Show(BenchResults before, BenchResults now)
    {
        var all = Comparison.Of(before.Figures, now.Figures);
        string[] columns = ["scenario", "case", "figure", "unit", "before", "now", "now / before", ""];
        var table = new Table().Border(TableBorder.Simple).AddColumns(columns);
        foreach (var one in all.Where(one => one.Verdict is Verdict.Better or Verdict.Worse))
        {
            var (f, verdict) = (one.Now, one.Verdict is Verdict.Better ? "[green]better[/]" : "[red]worse[/]");
            string[] words = [f.Scenario, f.Case, f.Name, f.Unit, Text(one.Before), Text(f), one.Before.Median == 0 ? "" : Number(one.Ratio)];
            table.AddRow([.. words.Select(Markup.Escape), verdict]);
        }

        if (table.Rows.Count > 0)
            AnsiConsole.Write(table);
        foreach (var line in Caveats(before, now, all))
            AnsiConsole.MarkupLineInterpolated($"{line}");
    }

    /// <summary>What a reader has to know before he believes the table.</summary>
    private static IEnumerable<string> Caveats(BenchResults before, BenchResults now, IReadOnlyList<Comparison> all)
    {
        yield return $"Before: {before.Commit}, {before.At.UtcDateTime:u}. Now: {now.Commit}, {now.At.UtcDateTime:u}.";
        yield return $"{all.Count(one => one.Verdict is Verdict.NoDifferenceShown)} of {all.Count} figures: no difference shown, their runs overlap.";
        if (all.Count(one => one.Verdict is Verdict.TooFewRuns) is > 0 and var few)
            yield return $"{few} figures: fewer than {Comparison.LeastRuns} runs, which can't show a difference.";
        if (all.Where(one => one.Verdict is Verdict.Better or Verdict.Worse).ToList() is { Count: > 0 } shown)
        {
            var byChance = all.Count * shown.Max(one => Statistics.ChanceToLieApart(one.Before.Values.Count, one.Now.Values.Count));
            yield return FormattableString.Invariant($"{shown.Count} look different; if nothing had changed, {byChance:0} would, by chance.");
        }

        if (before.Machine != now.Machine)
            yield return $"Before was another machine, {before.Machine}: only ratios within one of the results mean something.";
        if ((before.Quick, before.Replicas) != (now.Quick, now.Replicas))
            yield return "One of them was quick, or had more replicas: that differs too.";
    }

    private static string Text(Figure figure) =>
        figure.Values.Count == 1 ? Number(figure.Median) : $"{Number(figure.Median)} [{Number(figure.Min)}–{Number(figure.Max)}]";

    /// <summary>Three digits that count.</summary>
    private static string Number(double value) => Math.Abs(value) switch
    {
        0 => "0",
        >= 100 => value.ToString("0", CultureInfo.InvariantCulture),
        >= 10 => value.ToString("0.0", CultureInfo.InvariantCulture),
        >= 1 => value.ToString("0.00", CultureInfo.InvariantCulture),
        _ => value.ToString("0.000", CultureInfo.InvariantCulture),
    };
}
