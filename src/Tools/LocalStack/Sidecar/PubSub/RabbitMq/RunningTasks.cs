namespace ChatApp.LocalStack.Sidecar.PubSub.RabbitMq;

/// <summary>Work that nobody waits for one by one.</summary>
internal sealed class RunningTasks
{
    private readonly Lock _lock = new();
    private readonly HashSet<Task> _running = [];

    public Task Add(Func<Task> work)
    {
        var task = Task.Run(work);
        lock (_lock)
            _running.Add(task);

        _ = task.ContinueWith(Remove, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return task;
    }

    public Task WhenAllAsync()
    {
        lock (_lock)
            return Task.WhenAll(_running);
    }

    private void Remove(Task task)
    {
        lock (_lock)
            _running.Remove(task);
    }
}
