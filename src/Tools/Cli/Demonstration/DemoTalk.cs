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
        List<ConversationCreated> conversations =
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

    private ConversationCreated Group()
    {
        var members = people.ToArray();
        chance.Shuffle(members);
        return Create(
            ConversationKind.Group,
            chance.Of(DemoWords.GroupTitles),
            [.. members.Take(Math.Min(people.Count, 3 + chance.Below(LargestGroup - 2))).Select(member => member.UserId)],
            start - TimeSpan.FromDays(1 + chance.Below(5)));
    }

    private ConversationCreated Create(ConversationKind kind, string? title, IReadOnlyList<Guid> members, DateTimeOffset at) =>
        new(chance.IdOf(at), kind, title, members[0], members, at);

    private IEnumerable<(string Topic, object Event)> Tell(ConversationCreated conversation, int messages)
    {
        var (id, members) = (conversation.ConversationId, conversation.MemberIds);
        yield return (ConversationCreated.Topic, conversation);
        foreach (var member in members)
        {
            var role = conversation.Kind is ConversationKind.Group && member == conversation.CreatedBy ? "owner" : "member";
            yield return (MembershipChanged.Topic, new MembershipChanged(id, member, role, Active: true, null, 1, conversation.CreatedAt));
        }

        // Who has read how far is told before the messages, as when somebody reads along: nobody is notified of what he has seen.
        var senders = Enumerable.Range(0, messages).Select(_ => chance.Below(members.Count)).ToArray();
        foreach (var (place, member) in members.Index())
        {
            var read = Math.Max(Array.LastIndexOf(senders, place) + 1, messages - chance.Below(6));
            if (read > 0)
                yield return (ReceiptUpdated.Topic, new ReceiptUpdated(id, member, read, members, until));
        }

        for (var i = 0; i < messages; i++)
        {
            var at = DateTimeOffset.FromUnixTimeMilliseconds((start + ((until - start) * ((i + chance.Fraction()) / messages))).ToUnixTimeMilliseconds());
            yield return (
                MessageSent.Topic,
                new MessageSent(id, conversation.Kind, conversation.Title, i + 1, i + 1, members[senders[i]], chance.IdOf(at), chance.Of(DemoWords.Sentences), members, at));
        }
    }
}
