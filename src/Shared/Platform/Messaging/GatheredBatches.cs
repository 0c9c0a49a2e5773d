using System.Diagnostics;
using ChatApp.Platform.Telemetry;

namespace ChatApp.Platform.Messaging;

/// <summary>
/// Handles the events of several deliveries together, at most once in an interval: what comes after a pause is handled at once, what comes meanwhile waits for the
/// others. A handler that reads and writes the same few documents for every batch costs its store so much less. A broker delivers each partition on its own, so
/// the sidecar's own batches are as many as the partitions.
/// </summary>
/// <param name="handle">Handles events of any number of deliveries.</param>
/// <param name="interval">From one batch to the next.</param>
internal sealed class GatheredBatches(Func<IReadOnlyList<Received>, CancellationToken, Task> handle, TimeSpan interval, TimeProvider time)
{
    /// <summary>So many are enough. Redis and RabbitMQ have no more of a subscription under way (components/), so waiting for more would be in vain.</summary>
    private const int Enough = 100;

    /// <summary>Less than a delivery may take, so that its events can be tried one by one.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private Batch _next = new();
    private bool _running;
    private long _last;

    /// <summary>Done when these events are handled, with others. If that fails, it fails for each of the deliveries.</summary>
    public Task HandleAsync(IReadOnlyList<Received> events, CancellationToken ct)
    {
        lock (_lock)
        {
            _next.Add(events);
            if (!_running)
            {
                _running = true;
                using (ExecutionContext.SuppressFlow())
                    _ = Task.Run(RunAsync, CancellationToken.None);
            }

            return _next.Handled.WaitAsync(ct);
        }
    }

    private async Task RunAsync()
    {
        while (true)
        {
            await PauseAsync();
            Batch batch;
            lock (_lock)
                (batch, _next) = (_next, new Batch());
            _last = time.GetTimestamp();
            await HandleAsync(batch);
            lock (_lock)
            {
                _running = _next.Count > 0;
                if (!_running)
                    return;
            }
        }
    }

    private async Task PauseAsync()
    {
        Task enough;
        lock (_lock)
            enough = _next.Enough;
        if (_last != 0 && interval - time.GetElapsedTime(_last) is var rest && rest > TimeSpan.Zero)
            await Task.WhenAny(enough, Task.Delay(rest, time));
    }

    private async Task HandleAsync(Batch batch)
    {
        using var limit = new CancellationTokenSource(Limit, time);
        using var span = ServiceTelemetry.Source.StartActivity(
            "handle batch", ActivityKind.Internal, batch.Trace, [new("chatapp.batch", batch.Count)]);
        try
        {
            await handle(batch.Events, limit.Token);
            batch.Succeeded();
        }
        catch (Exception exception)
        {
            span?.SetStatus(ActivityStatusCode.Error, exception.Message);
            batch.Failed(exception);
        }
    }

    private sealed class Batch
    {
        private readonly TaskCompletionSource _handled = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _enough = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly List<Received> _events = [];

        public IReadOnlyList<Received> Events => _events;

        public int Count => _events.Count;

        /// <summary>Of the first delivery: a batch is handled for many.</summary>
        public ActivityContext Trace { get; private set; }

        public Task Handled => _handled.Task;

        public Task Enough => _enough.Task;

        public void Add(IReadOnlyList<Received> events)
        {
            if (Count == 0)
                Trace = Activity.Current?.Context ?? default;
            _events.AddRange(events);
            if (Count >= GatheredBatches.Enough)
                _enough.TrySetResult();
        }

        public void Succeeded() => _handled.SetResult();

        public void Failed(Exception exception) => _handled.SetException(exception);
    }
}
