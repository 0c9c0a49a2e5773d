using System.Collections.Concurrent;

namespace ChatApp.Faults.Tests.Load;

/// <summary>What clients were told while things went wrong.</summary>
public sealed class Journal
{
    private readonly ConcurrentQueue<Message> _acknowledged = new();
    private readonly ConcurrentQueue<string> _contradictions = new();
    private readonly ConcurrentDictionary<string, int> _counts = new();

    /// <summary>Sends that were answered with 201 or 200. Those of one sender are in the order in which he sent them.</summary>
    public IReadOnlyList<Message> Acknowledged => [.. _acknowledged];

    /// <summary>Answers that no server that keeps its promises gives.</summary>
    public IReadOnlyList<string> Contradictions => [.. _contradictions];

    public IReadOnlyDictionary<string, int> Counts => _counts;

    public void Acknowledge(Message message)
    {
        _acknowledged.Enqueue(message);
        Count("sends acknowledged");
    }

    public void Contradict(string what) => _contradictions.Enqueue(what);

    public void Count(string what) => _counts.AddOrUpdate(what, 1, (_, before) => before + 1);
}
