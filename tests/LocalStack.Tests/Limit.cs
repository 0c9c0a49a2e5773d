namespace ChatApp.LocalStack.Tests;

/// <summary>How long a test waits for what has to happen.</summary>
internal static class Limit
{
    public static readonly TimeSpan Time = TimeSpan.FromSeconds(15);

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task UntilAsync(Func<bool> condition)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limited.CancelAfter(Time);

        while (!condition())
            await Task.Delay(10, limited.Token);
    }
}
