namespace ChatApp.Gateway.RealTime;

/// <summary>Remembers the last ids that it was shown, and takes no more room than they need.</summary>
internal sealed class RecentIds(int capacity)
{
    private readonly Lock _lock = new();
    private readonly HashSet<Guid> _known = [];
    private readonly Queue<Guid> _order = [];

    /// <summary>False when it remembers the id.</summary>
    public bool TryAdd(Guid id)
    {
        lock (_lock)
        {
            if (!_known.Add(id))
                return false;

            if (_order.Count == capacity)
                _known.Remove(_order.Dequeue());

            _order.Enqueue(id);
            return true;
        }
    }
}
