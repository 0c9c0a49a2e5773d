using ChatApp.Contracts;
using ChatApp.Platform.Messaging;

namespace ChatApp.Gateway.RealTime;

/// <summary>
/// Shows messages to the members who are online here, and learns from the system messages among them who that is. A message costs what its
/// readers here cost, however many members the conversation has.
/// </summary>
internal sealed class MessageFeed(LiveStreams streams, OnlineMembers members)
{
    private readonly RecentIds _seen = new(capacity: 8192);

    /// <summary>
    /// In the order of each conversation, as far as the batch goes: some brokers lose it. Duplicates are dropped as far as this replica remembers
    /// them; clients know the rest by <c>rev</c>.
    /// </summary>
    public void Show(IEnumerable<Received> batch)
    {
        var messages = batch.OfType<Received<MessageHead>>();
        foreach (var message in messages.OrderBy(message => message.Event.ConversationId).ThenBy(message => message.Event.Rev))
        {
            if (_seen.TryAdd(message.Id))
                Show(message);
        }
    }

    /// <summary>Who comes is shown the conversation first; who goes is shown so, and nothing after it.</summary>
    private void Show(Received<MessageHead> received)
    {
        var message = received.Event;
        Change(message, active: true);

        var online = members.Of(message.ConversationId);
        if (online.Count > 0)
        {
            var frame = Frame.Message(received.Id, received.Data.Span);
            foreach (var person in online)
                person.Send(frame);
        }

        Change(message, active: false);
    }

    private void Change(MessageHead message, bool active)
    {
        if (message.System is not { } system)
            return;

        byte[]? conversation = null;
        foreach (var change in system.Members.Where(change => change.Active == active))
        {
            if (streams.Find(change.UserId) is { } person && members.Change(person, message.ConversationId, message.Rev, active) && active)
                person.Send(conversation ??= Conversation(message, system));
        }
    }

    private static byte[] Conversation(MessageHead message, SystemMessage system)
    {
        var conversation = new LiveConversation(
            message.ConversationId,
            system.Kind,
            system.Title,
            CreatedBy: system.Change is MembersChange.Created ? message.SenderId : null,
            message.MemberCount,
            message.Rev);
        return Frame.Of("conversation"u8, conversation, StreamJson.Default.LiveConversation);
    }
}
