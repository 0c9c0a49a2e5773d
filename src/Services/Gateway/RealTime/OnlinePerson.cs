namespace ChatApp.Gateway.RealTime;

/// <summary>Somebody who has a stream open on this replica.</summary>
internal sealed class OnlinePerson(Guid id)
{
    private volatile LiveStream[] _streams = [];

    public Guid Id => id;

    public IReadOnlyList<LiveStream> Streams => _streams;

    /// <summary>The load of the memberships, which all streams share; null before the first, and after one that failed.</summary>
    public Task<bool>? Loading { get; set; }

    /// <summary>What is known of this person's conversations. Only <see cref="OnlineMembers"/> touches it.</summary>
    public Dictionary<Guid, Membership> Memberships { get; } = [];

    /// <summary>Only <see cref="LiveStreams"/> calls it, one change at a time.</summary>
    public void Add(LiveStream stream) => _streams = [.. _streams, stream];

    /// <summary>Only <see cref="LiveStreams"/> calls it, one change at a time.</summary>
    public void Remove(LiveStream stream) => _streams = [.. _streams.Where(open => open != stream)];

    public void Send(byte[] frame)
    {
        foreach (var stream in _streams)
            stream.Send(frame);
    }
}

/// <summary>Whether somebody is in a conversation, as of its change number <paramref name="Rev"/>.</summary>
internal readonly record struct Membership(long Rev, bool Active);
