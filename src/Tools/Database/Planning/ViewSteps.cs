using ChatApp.Database.Catalog;
using ChatApp.Database.Compare;

namespace ChatApp.Database.Planning;

/// <summary>Views hold no rows of their own, so whatever is in the way of a change is dropped and made again.</summary>
internal sealed class ViewSteps(Comparison comparison, Recreations recreations)
{
    public IEnumerable<PlanStep> Drop() => InOrder(comparison.From.Views.Where(view => recreations.Views.Contains(view.Name))).AsEnumerable().Reverse()
        .Select(view => new PlanStep($"DROP {Kind(view)} {SqlText.Name(view.Name)}"));

    public IEnumerable<PlanStep> Create() =>
        InOrder(comparison.Views.Added.Concat(comparison.Views.Kept.Where(view => recreations.Views.Contains(view.To.Name)).Select(view => view.To))).SelectMany(Create);

    private IEnumerable<PlanStep> Create(View view) =>
    [
        new($"CREATE {Kind(view)} {SqlText.Name(view.Name)}{SqlText.With(view.Options)} AS\n{view.Definition}", Filling(view)),
        .. comparison.To.Indexes.Where(index => index.Table == view.Name).Select(index => new PlanStep(IndexSteps.Create(index))),
    ];

    private Hazard? Filling(View view) => view.Materialized && recreations.Views.Contains(view.Name)
        ? new Hazard(Danger.LongLock, $"nobody reads {view.Name} while it is filled again", $"make a view of another name beside {view.Name}, read that one, drop {view.Name} a release later")
        : null;

    private static string Kind(View view) => view.Materialized ? "MATERIALIZED VIEW" : "VIEW";

    private static List<View> InOrder(IEnumerable<View> views) =>
        Planner.InOrder(views, view => view.Name, view => view.Uses.Where(use => use.Kind is UseKind.Relation or UseKind.Column).Select(use => use.Name));
}
