namespace ChatApp.Faults.Tests.Load;

/// <summary>What a client has of one conversation, put together from its stream and from sync.</summary>
public sealed class Mailbox
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<long, Message> _bySeq = [];

    /// <summary>The change number up to which nothing is missing.</summary>
    public long Rev { get; private set; }

    public IReadOnlyList<Message> Messages
    {
        get
        {
            lock (_lock)
                return [.. _bySeq.Values];
        }
    }

    /// <summary>Takes a change that came live.</summary>
    /// <returns>False when changes before it are missing: sync has to bring them.</returns>
    public bool TryTake(Message message)
    {
        lock (_lock)
        {
            if (message.Rev > Rev + 1)
                return false;

            if (message.Rev == Rev + 1)
                Apply(message);
            return true;
        }
    }

    /// <summary>Takes what sync found after the change number that it was asked with.</summary>
    public void Take(IEnumerable<Message> changes, long rev)
    {
        lock (_lock)
        {
            foreach (var message in changes.Where(message => message.Rev > Rev).OrderBy(message => message.Rev))
                Apply(message);
            Rev = Math.Max(Rev, rev);
        }
    }

    private void Apply(Message message)
    {
        _bySeq[message.Seq] = message;
        Rev = message.Rev;
    }
}
