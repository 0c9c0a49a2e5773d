namespace ChatApp.LocalStack.Sidecar.Policies;

/// <summary>One target's policies around an operation: retries outside, then the breaker, then the time limit of each attempt.</summary>
internal sealed class Policy(TimeSpan? timeout, RetryPolicy? retry, CircuitBreaker? breaker, TimeProvider time)
{
    public bool HasRetries => retry is { MaxRetries: not 0 };

    public async Task RunAsync(Func<CancellationToken, Task> operation, Lifetime lifetime)
    {
        var started = time.GetTimestamp();

        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await AttemptAsync(operation, lifetime.Aborted);
                return;
            }
            catch (Exception e) when (!lifetime.Stopping.IsCancellationRequested && retry is not null && retry.Retries(e))
            {
                if (retry.Delay(attempt, time.GetElapsedTime(started)) is not { } delay)
                    throw;

                await Task.Delay(delay, time, lifetime.Stopping);
            }
        }
    }

    private async Task AttemptAsync(Func<CancellationToken, Task> operation, CancellationToken ct)
    {
        breaker?.Enter();
        var success = false;

        try
        {
            await LimitedAsync(operation, ct);
            success = true;
        }
        finally
        {
            breaker?.Leave(success);
        }
    }

    private async Task LimitedAsync(Func<CancellationToken, Task> operation, CancellationToken ct)
    {
        if (timeout is not { } limit)
        {
            await operation(ct);
            return;
        }

        using var limited = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limited.CancelAfter(limit);

        try
        {
            await operation(limited.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new TimeoutException("context deadline exceeded");
        }
    }
}
