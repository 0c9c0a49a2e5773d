namespace ChatApp.Platform.Messaging;

/// <summary>When the writes began of which not everything is published yet. The checkpoint stays before the oldest.</summary>
internal sealed class OpenChanges(TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<DateTimeOffset, int> _open = [];
    private DateTimeOffset _last;
    private bool _ended;

    public DateTimeOffset? Oldest
    {
        get
        {
            lock (_lock)
                return First();
        }
    }

    /// <summary>All that began before is published.</summary>
    public DateTimeOffset PublishedBefore
    {
        get
        {
            lock (_lock)
                return First() ?? Now();
        }
    }

    public DateTimeOffset Begin()
    {
        lock (_lock)
        {
            if (_ended)
                throw new InvalidOperationException("The process stops: nobody would publish what is written now.");

            var at = Now();
            Count(at, 1);
            return at;
        }
    }

    /// <summary>Keeps one more at a time that is open already.</summary>
    public void Hold(DateTimeOffset at)
    {
        lock (_lock)
            Count(at, 1);
    }

    public void Close(DateTimeOffset at)
    {
        lock (_lock)
            Count(at, -1);
    }

    /// <summary>Lets nothing begin any more.</summary>
    /// <returns>The oldest that is still open.</returns>
    public DateTimeOffset? End()
    {
        lock (_lock)
        {
            _ended = true;
            return First();
        }
    }

    /// <summary>A clock that is set back must not put a change before the checkpoint.</summary>
    private DateTimeOffset Now()
    {
        var now = time.GetUtcNow();
        return _last = now > _last ? now : _last;
    }

    private DateTimeOffset? First() => _open.Count > 0 ? _open.First().Key : null;

    private void Count(DateTimeOffset at, int by)
    {
        var count = _open.GetValueOrDefault(at) + by;
        if (count == 0)
            _open.Remove(at);
        else
            _open[at] = count;
    }
}
