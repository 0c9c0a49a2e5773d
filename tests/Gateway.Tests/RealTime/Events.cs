using ChatApp.Contracts;

namespace ChatApp.Gateway.Tests.RealTime;

/// <summary>Events as the services publish them.</summary>
internal static class Events
{
    public static readonly DateTimeOffset Noon = new(2026, 1, 2, 12, 0, 0, TimeSpan.Zero);

    public static MessageSent Message(Guid senderId, IReadOnlyList<Guid> memberIds, long seq = 1, string text = "hello") =>
        new(Guid.NewGuid(), ConversationKind.Direct, null, seq, seq, senderId, Guid.NewGuid(), text, memberIds, Noon);
}
