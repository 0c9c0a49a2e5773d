namespace ChatApp.LocalStack.Sidecar.PubSub;

/// <summary>Bulk publish where a component has none of its own: single publishes side by side, so without any order.</summary>
internal static class DefaultBulkPublisher
{
    private const int MaxConcurrency = 100;

    public static async Task<Exception?[]> PublishAsync(
        IReadOnlyList<BrokerMessage> messages, Func<BrokerMessage, CancellationToken, Task> publish, CancellationToken ct)
    {
        var failures = new Exception?[messages.Count];
        var options = new ParallelOptions { MaxDegreeOfParallelism = MaxConcurrency, CancellationToken = ct };
        await Parallel.ForAsync(0, messages.Count, options, async (i, one) =>
        {
            try
            {
                await publish(messages[i], one);
            }
            catch (BrokerException e)
            {
                failures[i] = e;
            }
        });
        return failures;
    }
}
