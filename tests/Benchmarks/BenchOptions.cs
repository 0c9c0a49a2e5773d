namespace ChatApp.Benchmarks;

/// <summary>What <c>./chat bench</c> asks for.</summary>
/// <param name="Scenarios">All, or those of the results to compare with, when there is none.</param>
/// <param name="Runs">How often each case is measured.</param>
/// <param name="Quick">Shorter, and without the largest cases.</param>
/// <param name="Replicas">Processes of each service.</param>
/// <param name="Compare">The results of an earlier time.</param>
internal sealed record BenchOptions(string Repository, IReadOnlyList<string> Scenarios, int Runs, bool Quick, int Replicas, string? Compare)
{
    public TimeSpan WarmUp => TimeSpan.FromSeconds(Quick ? 1 : 2);

    public TimeSpan Length => TimeSpan.FromSeconds(Quick ? 3 : 6);
}
