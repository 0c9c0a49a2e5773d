using System.Collections.Concurrent;
using ChatApp.Chat.Memberships;

namespace ChatApp.Chat.Messages;

/// <summary>What this process knows of one conversation's log. What it knows of members is never older than its end.</summary>
internal sealed class KnownLog(Tail tail)
{
    private const int MaxMembers = 1_000;

    private readonly Lock _lock = new();
    private readonly ConcurrentDictionary<Guid, KnownMember> _members = new();

    public Tail Tail { get; private set; } = tail;

    public long? RivalSeenAt { get; set; }

    public KnownMember? Find(Guid userId) => _members.GetValueOrDefault(userId);

    /// <param name="membersRev">The last change of members that was known before he was read: if another came since, he is not remembered.</param>
    public void Remember(Guid userId, KnownMember member, long membersRev)
    {
        lock (_lock)
        {
            if (membersRev == Tail.MembersRev && _members.Count < MaxMembers)
                _members[userId] = member;
        }
    }

    public void Advance(StoredMessage message)
    {
        lock (_lock)
        {
            if (message.Rev <= Tail.Rev)
                return;

            foreach (var changed in message.System?.Members ?? [])
                _members.TryRemove(changed.UserId, out _);
            Tail = Tail.After(message);
        }
    }

    /// <summary>Goes to an end that was read, over messages that this process has not seen.</summary>
    public void GoTo(Tail end)
    {
        lock (_lock)
        {
            if (end.Rev <= Tail.Rev)
                return;

            if (end.MembersRev != Tail.MembersRev)
                _members.Clear();
            Tail = end with { Newest = Tail.Newest };
        }
    }
}

/// <param name="ReadAt">When it was read, as <see cref="TimeProvider.GetTimestamp"/> tells it.</param>
internal sealed record KnownMember(Member Member, long ReadAt);
