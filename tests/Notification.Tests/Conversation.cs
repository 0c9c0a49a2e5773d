using ChatApp.Contracts;

namespace ChatApp.Notification.Tests;

/// <summary>A conversation as the chat service would tell of it: the events, with the numbers that belong to them.</summary>
internal sealed class Conversation(ConversationKind kind, string? title, params Guid[] members)
{
    /// <summary>On the millisecond, as every time of the system.</summary>
    private readonly DateTimeOffset _began = DateTimeOffset.FromUnixTimeMilliseconds(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());

    private long _seq;

    public Guid Id { get; } = Guid.CreateVersion7();

    public static Conversation Direct(Guid one, Guid other) => new(ConversationKind.Direct, null, one, other);

    public static Conversation Group(string title, params Guid[] members) => new(ConversationKind.Group, title, members);

    /// <summary>The next message; each is a second later than the one before.</summary>
    public MessageSent Say(Guid sender, string text = "Hello")
    {
        _seq++;
        return new(Id, kind, title, _seq, _seq, sender, Guid.CreateVersion7(), text, members, _began.AddSeconds(_seq));
    }

    public ReceiptUpdated Read(Guid reader, long seq) => new(Id, reader, seq, members, _began.AddSeconds(seq).AddMilliseconds(500));

    public MembershipChanged Mute(Guid member, DateTimeOffset? until, long version) => new(Id, member, "member", Active: true, until, version, _began);
}
