using ChatApp.Contracts;
using ChatApp.Testing;

namespace ChatApp.Notification.Tests.Inbox;

/// <summary>People talk, read, join and go, as chance wants it; and what their inboxes are to be, found one message after the other.</summary>
internal sealed class RandomTalk
{
    private const int Conversations = 5;
    private const int Steps = 40;

    private readonly Random _chance;
    private readonly List<MessageSent> _messages = [];
    private readonly List<ReceiptUpdated> _receipts = [];

    public RandomTalk(int seed, bool membersChange)
    {
        _chance = new Random(seed);
        for (var i = 0; i < Conversations; i++)
            Talk(i, membersChange && i > 0);
    }

    public IReadOnlyList<Guid> People { get; } = [.. Enumerable.Range(0, 8).Select(_ => Guid.CreateVersion7())];

    public List<MembershipChanged> Mutes { get; } = [];

    /// <summary>All messages and receipts, some twice, without order, in batches of one topic each.</summary>
    public IReadOnlyList<(string Topic, IReadOnlyList<Delivery> Batch)> Shuffled() => Shuffle(
        Batches(MessageSent.Topic, _messages).Concat(Batches(ReceiptUpdated.Topic, _receipts)));

    /// <summary>What is unread for this person: one line a conversation.</summary>
    public IEnumerable<Unread> UnreadOf(Guid person) =>
        _messages.GroupBy(message => message.ConversationId).Select(log => Unread(person, log)).OfType<Unread>();

    private Unread? Unread(Guid person, IEnumerable<MessageSent> log)
    {
        var (member, since, mark) = (false, 0L, 0L);
        MessageSent? last = null;
        foreach (var message in log.OrderBy(message => message.Seq))
        {
            if (message.System?.Members.FirstOrDefault(change => change.UserId == person) is { } change)
                (member, since, mark) = (change.Active, message.Seq, message.Seq);
            else if (message.System is null && message.SenderId == person)
                mark = message.Seq;
            else if (message.System is null && !IsMuted(person, message))
                last = message;
        }

        var conversation = log.First().ConversationId;
        var read = _receipts.Where(receipt => receipt.UserId == person && receipt.ConversationId == conversation).Select(receipt => receipt.ReadSeq);
        mark = Math.Max(mark, read.DefaultIfEmpty().Max());
        if (!member || last is null || last.Seq <= since || last.Seq <= mark)
            return null;

        var count = log.Count(message => message.System is null && message.Seq > mark && message.Seq <= last.Seq);
        return new Unread(conversation, mark + 1, last.Seq, count, last.Text);
    }

    private bool IsMuted(Guid person, MessageSent message) => Mutes.Exists(mute =>
        mute.UserId == person && mute.ConversationId == message.ConversationId && mute.MutedUntil > message.SentAt);

    private void Talk(int number, bool membersChange)
    {
        var present = People.OrderBy(_ => _chance.Next()).Take(number == 0 ? 2 : 3 + _chance.Next(3)).ToList();
        var conversation = number == 0 ? Conversation.Direct(present[0], present[1]) : Conversation.Group($"Group {number}", [.. present]);
        _messages.Add(conversation.Begin);
        for (var i = 0; i < Steps; i++)
        {
            var person = present[_chance.Next(present.Count)];
            switch (_chance.Next(membersChange ? 12 : 10))
            {
                case < 6:
                    _messages.Add(conversation.Say(person, $"{number}: {i}"));
                    break;
                case < 10:
                    _receipts.Add(conversation.Read(person, 1 + _chance.NextInt64(_messages[^1].Seq)));
                    break;
                case 10 when present.Count > 2:
                    present.Remove(person);
                    _messages.Add(conversation.Remove(person, person));
                    break;
                default:
                    var joining = People.Except(present).OrderBy(_ => _chance.Next()).Take(1).ToArray();
                    present.AddRange(joining);
                    _messages.Add(joining.Length > 0 ? conversation.Add(person, joining) : conversation.Say(person));
                    break;
            }
        }

        if (number == 1)
            Mutes.Add(conversation.Mute(present[0], until: _messages[^1].SentAt.AddSeconds(-5), version: 2));
        if (number == 2)
            Mutes.Add(conversation.Mute(present[0], until: DateTimeOffset.MaxValue, version: 2));
    }

    private IEnumerable<(string, IReadOnlyList<Delivery>)> Batches<T>(string topic, IEnumerable<T> events)
        where T : IEvent
    {
        var deliveries = events.Select(@event => Delivery.Of(@event)).ToList();
        var rest = Shuffle(deliveries.Concat(deliveries.Where(_ => _chance.Next(3) == 0)));
        while (rest.Count > 0)
        {
            var size = Math.Min(rest.Count, 1 + _chance.Next(20));
            yield return (topic, rest.GetRange(0, size));
            rest.RemoveRange(0, size);
        }
    }

    private List<T> Shuffle<T>(IEnumerable<T> items) => [.. items.OrderBy(_ => _chance.Next())];
}

internal sealed record Unread(Guid ConversationId, long FirstSeq, long LastSeq, long Count, string? Text);
