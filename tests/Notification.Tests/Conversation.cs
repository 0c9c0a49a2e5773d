using ChatApp.Contracts;

namespace ChatApp.Notification.Tests;

/// <summary>A conversation as the chat service would tell of it: the events, with the numbers that belong to them.</summary>
internal sealed class Conversation
{
    /// <summary>On the millisecond, as every time of the system.</summary>
    private readonly DateTimeOffset _began = DateTimeOffset.FromUnixTimeMilliseconds(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());

    private readonly ConversationKind _kind;
    private readonly string? _title;
    private readonly HashSet<Guid> _members;

    /// <summary>How many messages count, by place.</summary>
    private readonly List<long> _counted = [0];

    private Conversation(ConversationKind kind, string? title, params Guid[] members)
    {
        (_kind, _title, _members) = (kind, title, [.. members]);
        Begin = Append(members[0], "", Change(MembersChange.Created, active: true, members));
    }

    public Guid Id { get; } = Guid.CreateVersion7();

    /// <summary>Its first message, which says who is in it.</summary>
    public MessageSent Begin { get; }

    public static Conversation Direct(Guid one, Guid other) => new(ConversationKind.Direct, null, one, other);

    public static Conversation Group(string title, params Guid[] members) => new(ConversationKind.Group, title, members);

    /// <summary>The next message; each is a second later than the one before.</summary>
    public MessageSent Say(Guid sender, string text = "Hello") => Append(sender, text, system: null);

    public MessageSent Add(Guid actor, params Guid[] members)
    {
        _members.UnionWith(members);
        return Append(actor, "", Change(MembersChange.Added, active: true, members));
    }

    public MessageSent Remove(Guid actor, Guid member)
    {
        _members.Remove(member);
        return Append(actor, "", Change(actor == member ? MembersChange.Left : MembersChange.Removed, active: false, member));
    }

    public ReceiptUpdated Read(Guid reader, long seq) => new(Id, reader, seq, _counted[(int)seq], _began.AddSeconds(seq).AddMilliseconds(500));

    public MembershipChanged Mute(Guid member, DateTimeOffset? until, long version) => new(Id, member, until, version, _began);

    private MessageSent Append(Guid sender, string text, SystemMessage? system)
    {
        var seq = _counted.Count;
        _counted.Add(_counted[^1] + (system is null ? 1 : 0));
        return new(Id, seq, seq, _counted[^1], _members.Count, sender, Guid.CreateVersion7(), text, _began.AddSeconds(seq), system);
    }

    private SystemMessage Change(MembersChange change, bool active, params Guid[] members) =>
        new(change, _kind, _title, [.. members.Select(member => new MemberChange(member, "member", active))]);
}
