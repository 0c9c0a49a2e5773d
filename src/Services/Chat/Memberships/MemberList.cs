using ChatApp.Chat.Conversations;
using ChatApp.Chat.Messages;
using ChatApp.Platform.ReadModels;
using MongoDB.Driver;

namespace ChatApp.Chat.Memberships;

/// <summary>
/// Who is a member, as the system messages of the log say, and what unread counts are made of: a read mark is at least at the member's own last message and at
/// most at the end of the log. How far he has read in between only the mark itself knows.
/// </summary>
internal sealed class MemberList(IMongoDatabase db, MembershipStore memberships, MessageStore messages) : IReadModel
{
    private const int PageSize = 1_000;

    private static readonly TimeSpan OnItsWay = TimeSpan.FromSeconds(3);

    private readonly IMongoCollection<Conversation> _conversations = db.GetCollection<Conversation>(ConversationStore.Collection);

    public string Name => "members";

    public async Task<Comparison> RebuildAsync(TextReader state, Action ready, bool check, CancellationToken ct)
    {
        var (compared, suspects) = (0L, new List<(Conversation Conversation, IReadOnlyList<Wrong> Wrong)>());
        using var all = await _conversations.Find(Builders<Conversation>.Filter.Empty).ToCursorAsync(ct);
        while (await all.MoveNextAsync(ct))
        {
            foreach (var conversation in all.Current)
            {
                var (members, wrong) = await CompareAsync(conversation, ct);
                compared += members;
                if (wrong.Count > 0)
                    suspects.Add((conversation, wrong));
            }
        }

        if (suspects.Count > 0)
            await Task.Delay(OnItsWay, ct);

        List<string> drift = [];
        foreach (var (conversation, before) in suspects)
        {
            // What still changes is alive, and follows a busy conversation at a distance.
            foreach (var wrong in (await CompareAsync(conversation, ct)).Wrong.Where(before.Contains))
            {
                drift.Add($"{conversation.Id}, {wrong.UserId}: {wrong.Reason}");
                if (!check)
                    await PutRightAsync(conversation.Id, wrong, ct);
            }
        }

        return new Comparison(compared, drift);
    }

    private async Task<(long Members, IReadOnlyList<Wrong> Wrong)> CompareAsync(Conversation conversation, CancellationToken ct)
    {
        // What was sent before the marks are read must show in them soon; a mark can't be beyond the end that is read after it.
        var sent = await messages.LastOfEachAsync(conversation.Id, ct);
        var right = await FoldAsync(conversation.Id, ct);
        var kept = await AllAsync(conversation.Id, ct);
        var end = await messages.TailAsync(conversation.Id, ct);

        List<Wrong> wrong = [];
        foreach (var (userId, rev) in right)
        {
            var membership = kept.GetValueOrDefault(userId);
            var (seq, counted) = sent.GetValueOrDefault(userId);
            if (membership is null || membership.Rev < rev)
                wrong.Add(new Wrong(userId, membership, $"he is a member since change {rev}, {membership?.Rev ?? 0} is kept", null));
            else if (membership.ReadSeq < seq || membership.ReadSeq > end.Seq)
                wrong.Add(new Wrong(userId, membership, $"the mark is {membership.ReadSeq}, not between {seq} and {end.Seq}", new ReadMark(conversation.Id, userId, seq, counted)));
        }

        wrong.AddRange(kept.Values.Where(extra => !right.ContainsKey(extra.UserId)).Select(extra => new Wrong(extra.UserId, extra, "he is no member", null)));
        return (right.Count, wrong);
    }

    /// <summary>The members by the log, each with the change that made him one.</summary>
    private async Task<Dictionary<Guid, long>> FoldAsync(Guid conversationId, CancellationToken ct)
    {
        var members = new Dictionary<Guid, long>();
        foreach (var message in await messages.SystemAsync(conversationId, ct))
        {
            foreach (var member in message.System!.Members)
            {
                if (member.Active)
                    members[member.UserId] = message.Rev;
                else
                    members.Remove(member.UserId);
            }
        }

        return members;
    }

    private async Task<Dictionary<Guid, Membership>> AllAsync(Guid conversationId, CancellationToken ct)
    {
        var all = new Dictionary<Guid, Membership>();
        IReadOnlyList<Membership> page;
        Guid? after = null;
        do
        {
            page = await memberships.InAsync(conversationId, after, PageSize, ct);
            foreach (var membership in page)
                all[membership.UserId] = membership;
            after = page.Count > 0 ? page[^1].UserId : null;
        }
        while (page.Count == PageSize);

        return all;
    }

    private async Task PutRightAsync(Guid conversationId, Wrong wrong, CancellationToken ct)
    {
        if (wrong.Mark is { } mark)
        {
            var end = await messages.TailAsync(conversationId, ct);
            if (wrong.Kept!.ReadSeq > end.Seq)
                await memberships.TakeBackAsync(wrong.Kept, end, ct);
            await memberships.HaveReadAsync([mark], ct);
            return;
        }

        await memberships.ApplyAsync(await messages.SystemAsync(conversationId, ct), ct);
    }

    /// <param name="Mark">Where the mark is at least to be, when it is the mark that is wrong.</param>
    private sealed record Wrong(Guid UserId, Membership? Kept, string Reason, ReadMark? Mark)
    {
        public bool Equals(Wrong? other) =>
            other is not null && UserId == other.UserId && Reason == other.Reason && Kept?.Rev == other.Kept?.Rev && Kept?.ReadSeq == other.Kept?.ReadSeq;

        public override int GetHashCode() => HashCode.Combine(UserId, Reason);
    }
}
