using ChatApp.Chat.Conversations;
using ChatApp.Chat.Messages;
using ChatApp.Platform.ReadModels;
using MongoDB.Driver;

namespace ChatApp.Chat.Memberships;

/// <summary>
/// What unread counts are made of: every member has a read mark, at least at his own last message and at most at the end of the log. How far he has read in
/// between only the mark itself knows.
/// </summary>
internal sealed class UnreadCounts(IMongoDatabase db, MembershipStore memberships, MessageStore messages) : IReadModel
{
    private static readonly TimeSpan OnItsWay = TimeSpan.FromSeconds(3);

    private readonly IMongoCollection<Conversation> _conversations = db.GetCollection<Conversation>(ConversationStore.Collection);

    public string Name => "unread_counts";

    public async Task<Comparison> RebuildAsync(TextReader state, Action ready, bool check, CancellationToken ct)
    {
        var (compared, suspects) = (0L, new List<(Conversation Conversation, IReadOnlyList<Mark> Wrong)>());
        using var all = await _conversations.Find(Builders<Conversation>.Filter.Empty).ToCursorAsync(ct);
        while (await all.MoveNextAsync(ct))
        {
            foreach (var conversation in all.Current)
            {
                compared += conversation.Members.Count;
                if (await WrongAsync(conversation, ct) is { Count: > 0 } wrong)
                    suspects.Add((conversation, wrong));
            }
        }

        if (suspects.Count > 0)
            await Task.Delay(OnItsWay, ct);

        List<string> drift = [];
        foreach (var (conversation, before) in suspects)
        {
            // A mark that moves is alive, and follows a busy conversation at a distance.
            foreach (var wrong in (await WrongAsync(conversation, ct)).Where(wrong => before.Any(wrong.IsStill)))
            {
                drift.Add($"{conversation.Id}, {wrong.Member.UserId}: the mark is {wrong.Kept?.ReadSeq.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "missing"}, not between {wrong.Sent} and {wrong.End}");
                if (!check)
                    await PutRightAsync(conversation.Id, wrong, ct);
            }
        }

        return new Comparison(compared, drift);
    }

    private async Task<IReadOnlyList<Mark>> WrongAsync(Conversation conversation, CancellationToken ct)
    {
        // What was sent before the marks are read must show in them soon; a mark can't be beyond the end that is read after it.
        var sent = await messages.LastOfEachAsync(conversation.Id, ct);
        var kept = await memberships.InAsync(conversation.Id, conversation.Members.Select(member => member.UserId), ct);
        var end = (await messages.TailAsync(conversation.Id, ct)).Seq;
        return
        [
            .. conversation.Members
                .Select(member => new Mark(member, kept.GetValueOrDefault(member.UserId), sent.GetValueOrDefault(member.UserId), end))
                .Where(mark => mark.Kept is not { JoinedAt: not null } membership || membership.ReadSeq < mark.Sent || membership.ReadSeq > end),
        ];
    }

    private async Task PutRightAsync(Guid conversationId, Mark mark, CancellationToken ct)
    {
        if (mark.Kept?.ReadSeq > mark.End)
            await memberships.TakeBackAsync(mark.Kept, mark.End, ct);
        await memberships.JoinAsync(conversationId, [mark.Member.UserId], mark.Member.JoinedAt, ct);
        if (mark.Sent > 0)
            await memberships.HaveReadAsync(conversationId, [new(mark.Member.UserId, mark.Sent)], ct);
    }

    private sealed record Mark(Member Member, Membership? Kept, long Sent, long End)
    {
        public bool IsStill(Mark before) =>
            before.Member.UserId == Member.UserId && before.Kept?.ReadSeq == Kept?.ReadSeq && before.Kept?.JoinedAt == Kept?.JoinedAt;
    }
}
