using ChatApp.Faults.Tests.Load;

namespace ChatApp.Faults.Tests.History;

/// <summary>What one member of a conversation has seen of it in the end.</summary>
/// <param name="History">Read by pages.</param>
/// <param name="Client">Put together from stream and sync.</param>
/// <param name="Notified">The unread entries of his inbox for this conversation: the last message and how many there are.</param>
/// <param name="ListedSeq">The last message, as the member's list of conversations shows it.</param>
/// <param name="Unread">How many are unread, as the list shows it.</param>
public sealed record Seen(
    Guid Member, IReadOnlyList<Message> History, IReadOnlyList<Message> Client, IReadOnlyList<Notified> Notified, long ListedSeq, long Unread);

/// <summary>An unread entry of an inbox.</summary>
public sealed record Notified(long LastSeq, long Count);

/// <summary>Everything that is known of one conversation after the storm.</summary>
/// <param name="Acknowledged">What senders were told is stored; of each sender in the order of sending.</param>
public sealed record Evidence(Guid ConversationId, IReadOnlyList<Message> Acknowledged, IReadOnlyList<Seen> Seen)
{
    /// <summary>Asks everybody. Effects of events that are still under way count as missing: ask again.</summary>
    public static async Task<IReadOnlyList<Evidence>> GatherAsync(Crowd crowd, CancellationToken ct)
    {
        List<(Talker Talker, ILookup<Guid, Notified> Notified, IReadOnlyDictionary<Guid, (long LastSeq, long Unread)> Listed)> people = [];
        foreach (var talker in crowd.People)
        {
            await talker.CatchUpAsync(ct);
            var notified = (await talker.NotificationsAsync(ct)).ToLookup(one => one.ConversationId, one => one.Entry);
            people.Add((talker, notified, await talker.ConversationsAsync(ct)));
        }

        var acknowledged = crowd.Journal.Acknowledged.ToLookup(message => message.ConversationId);
        List<Evidence> evidence = [];
        foreach (var circle in crowd.Circles)
        {
            List<Seen> seen = [];
            foreach (var (talker, notified, listed) in people.Where(person => circle.Members.Contains(person.Talker)))
            {
                seen.Add(new Seen(
                    talker.Id,
                    await talker.HistoryAsync(circle.Id, ct),
                    talker.Mailboxes[circle.Id].Messages,
                    [.. notified[circle.Id]],
                    listed[circle.Id].LastSeq,
                    listed[circle.Id].Unread));
            }

            evidence.Add(new Evidence(circle.Id, [.. acknowledged[circle.Id]], seen));
        }

        return evidence;
    }
}
