using ChatApp.Contracts;

namespace ChatApp.Cli.Demonstration;

/// <summary>Friends talk, and so do groups: few conversations hold most of the messages, as everywhere. Each conversation is told to its end before the next one.</summary>
internal sealed class DemoTalk(Chance chance, IReadOnlyList<UserRegistered> people, IReadOnlyList<FriendAccepted> friends, DateTimeOffset start, DateTimeOffset until)
{
    /// <summary>One group for so many people.</summary>
    private const int PeoplePerGroup = 20;

    private const int LargestGroup = 12;

    public IEnumerable<(string Topic, object Event)> Tell(int messages)
    {
        List<Conversation> conversations =
        [
            .. Enumerable.Range(0, people.Count < 3 ? 0 : 1 + (people.Count / PeoplePerGroup)).Select(_ => Group()),
            .. friends.Select(pair => Create(ConversationKind.Direct, null, [pair.RequesterId, pair.AddresseeId], pair.AcceptedAt.AddMinutes(2))),
        ];
        var weights = conversations.Select((_, place) => 1.0 / (place + 5)).ToList();
        var (given, sofar, all) = (0, 0.0, weights.Sum());
        foreach (var (place, conversation) in conversations.Index())
        {
            // Rounded so that the shares add up.
            sofar += weights[place];
            var end = place == conversations.Count - 1 ? messages : (int)(messages * sofar / all);
            foreach (var told in Tell(conversation, end - given))
                yield return told;
            given = end;
        }
    }

    private Conversation Group()
    {
        var members = people.ToArray();
        chance.Shuffle(members);
        return Create(
            ConversationKind.Group,
            chance.Of(DemoWords.GroupTitles),
            [.. members.Take(Math.Min(people.Count, 3 + chance.Below(LargestGroup - 2))).Select(member => member.UserId)],
            start - TimeSpan.FromDays(1 + chance.Below(5)));
    }

    private Conversation Create(ConversationKind kind, string? title, IReadOnlyList<Guid> members, DateTimeOffset at) =>
        new(chance.IdOf(at), kind, title, members, at);

    private IEnumerable<(string Topic, object Event)> Tell(Conversation conversation, int messages)
    {
        var (id, members) = (conversation.Id, conversation.MemberIds);
        yield return (MessageSent.Topic, Began(conversation));

        // Who has read how far is told before the messages, as when somebody reads along: nobody is notified of what he has seen.
        var senders = Enumerable.Range(0, messages).Select(_ => chance.Below(members.Count)).ToArray();
        foreach (var (place, member) in members.Index())
        {
            var read = Math.Max(Array.LastIndexOf(senders, place) + 1, messages - chance.Below(6));
            if (read > 0)
                yield return (ReceiptUpdated.Topic, new ReceiptUpdated(id, member, read + 1, read, until));
        }

        for (var i = 0; i < messages; i++)
        {
            var at = DateTimeOffset.FromUnixTimeMilliseconds((start + ((until - start) * ((i + chance.Fraction()) / messages))).ToUnixTimeMilliseconds());
            yield return (
                MessageSent.Topic,
                new MessageSent(id, i + 2, i + 2, i + 1, members.Count, members[senders[i]], chance.IdOf(at), chance.Of(DemoWords.Sentences), at, System: null));
        }
    }

    /// <summary>A conversation's first message says who is in it.</summary>
    private MessageSent Began(Conversation conversation)
    {
        var owner = conversation.Kind is ConversationKind.Group ? conversation.MemberIds[0] : (Guid?)null;
        var members = conversation.MemberIds.Select(member => new MemberChange(member, member == owner ? "owner" : "member", Active: true));
        return new MessageSent(
            conversation.Id,
            1,
            1,
            0,
            conversation.MemberIds.Count,
            conversation.MemberIds[0],
            chance.IdOf(conversation.CreatedAt),
            Text: "",
            conversation.CreatedAt,
            new SystemMessage(MembersChange.Created, conversation.Kind, conversation.Title, [.. members]));
    }

    private sealed record Conversation(Guid Id, ConversationKind Kind, string? Title, IReadOnlyList<Guid> MemberIds, DateTimeOffset CreatedAt);
}
