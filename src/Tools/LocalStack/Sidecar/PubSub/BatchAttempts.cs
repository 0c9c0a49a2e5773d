using ChatApp.LocalStack.Sidecar.Policies;

namespace ChatApp.LocalStack.Sidecar.PubSub;

/// <summary>A batch under a resiliency policy: each attempt is made with what failed in the one before.</summary>
internal static class BatchAttempts
{
    /// <param name="attempt">Tells for each item why it failed, null where it did not. An exception is the failure of all.</param>
    /// <returns>Why each item failed in the end.</returns>
    public static async Task<Exception?[]> RunAsync<T>(
        Policy? policy, IReadOnlyList<T> items, Func<IReadOnlyList<T>, CancellationToken, Task<Exception?[]>> attempt, Lifetime lifetime)
    {
        var failures = new Exception?[items.Count];
        int[] left = [.. Enumerable.Range(0, items.Count)];

        try
        {
            if (policy is null)
                await AttemptAsync(lifetime.Aborted);
            else
                await policy.RunAsync(AttemptAsync, lifetime);
        }
        catch (PartlyFailedException)
        {
        }
        catch (Exception e)
        {
            foreach (var place in left)
                failures[place] = e;
        }

        return failures;

        async Task AttemptAsync(CancellationToken ct)
        {
            var results = await attempt(left.Length == items.Count ? items : [.. left.Select(place => items[place])], ct);
            for (var i = 0; i < left.Length; i++)
                failures[left[i]] = results[i];

            if (Array.TrueForAll(results, failure => failure is null))
                left = [];
            else
                left = [.. left.Where(place => failures[place] is not null)];

            if (left.Length > 0)
                throw new PartlyFailedException();
        }
    }

    /// <summary>Tells the policy to go on; why each item failed is known.</summary>
    private sealed class PartlyFailedException : Exception;
}
