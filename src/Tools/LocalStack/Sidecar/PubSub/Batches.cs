namespace ChatApp.LocalStack.Sidecar.PubSub;

/// <summary>
/// Puts what comes one by one into batches: a batch is handled when it is full, or when its window is over. One is at work at a time; what
/// comes meanwhile is in the next one. Nothing runs while nothing comes.
/// </summary>
/// <param name="window">How long a batch that begins now waits to get full.</param>
/// <param name="turn">Batches of all that share it are handled one after the other.</param>
internal sealed class Batches<T>(int max, Func<TimeSpan> window, Func<IReadOnlyList<T>, Task> handle, SemaphoreSlim? turn = null)
{
    private readonly Lock _lock = new();
    private List<T> _waiting = [];
    private TaskCompletionSource? _full;
    private Task _run = Task.CompletedTask;
    private bool _running;

    /// <summary>How many are in no batch yet.</summary>
    public int Waiting
    {
        get
        {
            lock (_lock)
                return _waiting.Count;
        }
    }

    /// <summary>Done when nothing is at work or waits.</summary>
    public Task Idle
    {
        get
        {
            lock (_lock)
                return _run;
        }
    }

    /// <param name="stopping">Ends the window at once; the handler is called nevertheless, and sees for itself.</param>
    public void Add(T item, CancellationToken stopping)
    {
        lock (_lock)
        {
            _waiting.Add(item);

            if (_waiting.Count >= max)
                _full?.TrySetResult();

            if (_running)
                return;

            _running = true;
            _run = Task.Run(() => RunAsync(stopping), CancellationToken.None);
        }
    }

    private async Task RunAsync(CancellationToken stopping)
    {
        do
        {
            await WindowAsync(stopping);

            if (turn is not null)
                await turn.WaitAsync(CancellationToken.None);

            try
            {
                await handle(Take());
            }
            finally
            {
                turn?.Release();
            }
        }
        while (GoesOn());
    }

    private async Task WindowAsync(CancellationToken stopping)
    {
        if (max == 1)
            return;

        var full = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (_waiting.Count >= max)
                return;

            _full = full;
        }

        await full.Task.WaitAsync(window(), stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private List<T> Take()
    {
        lock (_lock)
        {
            _full = null;
            var batch = _waiting;

            if (batch.Count <= max)
            {
                _waiting = [];
                return batch;
            }

            _waiting = batch[max..];
            return batch[..max];
        }
    }

    private bool GoesOn()
    {
        lock (_lock)
            return _running = _waiting.Count > 0;
    }
}
