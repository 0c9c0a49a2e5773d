using System.Runtime.InteropServices;

namespace ChatApp.Gateway.RealTime;

/// <summary>
/// Who of the people online here is in which conversation: loaded from chat when somebody's first stream opens, and kept by the changes that
/// every replica hears. The newest change number wins, so a change that is heard while the memberships load, twice or late does no harm.
/// </summary>
internal sealed class OnlineMembers
{
    private readonly Lock _lock = new();

    /// <summary>The arrays are never changed, only replaced: a reader has no need of the lock.</summary>
    private readonly Dictionary<Guid, OnlinePerson[]> _byConversation = [];

    private readonly HashSet<OnlinePerson> _people = [];

    public void Add(OnlinePerson person)
    {
        lock (_lock)
            _people.Add(person);
    }

    /// <summary>Drops all that is kept of somebody.</summary>
    public void Remove(OnlinePerson person)
    {
        lock (_lock)
        {
            _people.Remove(person);
            foreach (var (conversationId, membership) in person.Memberships)
            {
                if (membership.Active)
                    Leave(conversationId, person);
            }

            person.Memberships.Clear();
        }
    }

    /// <summary>The members of a conversation who are online here.</summary>
    public IReadOnlyList<OnlinePerson> Of(Guid conversationId)
    {
        lock (_lock)
            return _byConversation.GetValueOrDefault(conversationId, []);
    }

    /// <summary>Takes over what chat says of somebody.</summary>
    public void Load(OnlinePerson person, IReadOnlyList<LoadedMembership> memberships)
    {
        lock (_lock)
        {
            person.Memberships.EnsureCapacity(memberships.Count);
            foreach (var membership in memberships)
                Set(person, membership.ConversationId, new(membership.Rev, Active: true));
        }
    }

    /// <summary>Takes over a change that was heard.</summary>
    /// <returns>Whether it is news.</returns>
    public bool Change(OnlinePerson person, Guid conversationId, long rev, bool active)
    {
        lock (_lock)
            return Set(person, conversationId, new(rev, active));
    }

    private bool Set(OnlinePerson person, Guid conversationId, Membership membership)
    {
        if (!_people.Contains(person))
            return false;

        // Who left is remembered too: an older change may still come.
        ref var known = ref CollectionsMarshal.GetValueRefOrAddDefault(person.Memberships, conversationId, out _);
        if (membership.Rev <= known.Rev)
            return false;

        if (membership.Active && !known.Active)
            _byConversation[conversationId] = [.. _byConversation.GetValueOrDefault(conversationId, []), person];
        else if (known.Active && !membership.Active)
            Leave(conversationId, person);
        known = membership;
        return true;
    }

    private void Leave(Guid conversationId, OnlinePerson person)
    {
        var online = _byConversation[conversationId];
        if (online.Length == 1)
            _byConversation.Remove(conversationId);
        else
            _byConversation[conversationId] = [.. online.Where(other => other != person)];
    }
}
