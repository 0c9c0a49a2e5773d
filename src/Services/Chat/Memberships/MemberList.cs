using System.Globalization;
using ChatApp.Chat.Conversations;
using ChatApp.Chat.Messages;
using ChatApp.Contracts;
using ChatApp.Platform.ReadModels;
using MongoDB.Driver;

namespace ChatApp.Chat.Memberships;

/// <summary>
/// Who is a member, as the system messages of the log say, and what unread counts are made of: a read mark is at least at the member's own last message and at
/// most at the end of the log. How far he has read in between only the mark itself knows.
/// </summary>
internal sealed class MemberList(IMongoDatabase db, MembershipStore memberships, MessageStore messages) : IReadModel
{
    private const int PlacesAtOnce = 1_000;

    private static readonly TimeSpan OnItsWay = TimeSpan.FromSeconds(3);

    private readonly IMongoCollection<Conversation> _conversations = db.GetCollection<Conversation>(ConversationStore.Collection);

    public string Name => "members";

    public async Task<Comparison> RebuildAsync(TextReader state, Action ready, bool check, CancellationToken ct)
    {
        var (compared, suspects) = (0L, new List<(Guid ConversationId, IReadOnlyList<Wrong> Wrong)>());
        using var all = await _conversations.Find(Builders<Conversation>.Filter.Empty).ToCursorAsync(ct);
        while (await all.MoveNextAsync(ct))
        {
            foreach (var conversation in all.Current)
            {
                var (members, wrong) = await CompareAsync(conversation.Id, ct);
                compared += members;
                if (wrong.Count > 0)
                    suspects.Add((conversation.Id, wrong));
            }
        }

        // A mark follows its message by a second: what is still the same a moment later is not on its way.
        if (suspects.Count > 0)
            await Task.Delay(OnItsWay, ct);

        List<string> drift = [];
        foreach (var (conversationId, before) in suspects)
        {
            foreach (var wrong in (await CompareAsync(conversationId, ct)).Wrong.Where(wrong => before.Any(wrong.IsStill)))
            {
                drift.Add($"{conversationId}, {wrong.UserId}: {Say(wrong.Kept)} is kept, {Say(wrong.Right)} by the log");
                if (!check)
                    await memberships.PutRightAsync(wrong.Kept, wrong.Right, ct);
            }
        }

        return new Comparison(compared, drift);
    }

    private async Task<(int Compared, IReadOnlyList<Wrong> Wrong)> CompareAsync(Guid conversationId, CancellationToken ct)
    {
        // What was sent before the marks are read must show in them soon; a mark can't be beyond the end that is read after it.
        var sent = await messages.LastOfEachAsync(conversationId, ct);
        var changes = await LastChangesAsync(conversationId, ct);
        var kept = (await memberships.EverInAsync(conversationId, ct)).ToDictionary(membership => membership.UserId);
        var marks = await CountedAsync(conversationId, kept.Values.Select(membership => membership.ReadSeq), ct);
        var end = await messages.TailAsync(conversationId, ct);

        List<Wrong> wrong = [];
        foreach (var (userId, (message, member)) in changes)
        {
            var membership = kept.GetValueOrDefault(userId);
            var right = MembershipProjection.Of(message, member, membership);
            if (sent.TryGetValue(userId, out var own) && own.Seq > right.ReadSeq)
                right = right with { ReadSeq = own.Seq, ReadCounted = own.Counted };
            else if (right.ReadSeq > end.Seq)
                right = right with { ReadSeq = end.Seq, ReadCounted = end.Counted };
            else if (marks.TryGetValue(right.ReadSeq, out var counted))
                right = right with { ReadCounted = counted };
            if (Say(membership) != Say(right))
                wrong.Add(new Wrong(userId, membership, right));
        }

        wrong.AddRange(kept.Values.Where(extra => !changes.ContainsKey(extra.UserId)).Select(extra => new Wrong(extra.UserId, extra, null)));
        return (changes.Count, wrong);
    }

    /// <summary>The last change of everybody who is or was a member.</summary>
    private async Task<Dictionary<Guid, (StoredMessage Message, MemberChange Member)>> LastChangesAsync(Guid conversationId, CancellationToken ct)
    {
        var changes = new Dictionary<Guid, (StoredMessage Message, MemberChange Member)>();
        foreach (var message in await messages.SystemAsync(conversationId, ct))
        {
            foreach (var member in message.System!.Members)
                changes[member.UserId] = (message, member);
        }

        return changes;
    }

    /// <summary>How many messages count as unread up to each of the places.</summary>
    private async Task<Dictionary<long, long>> CountedAsync(Guid conversationId, IEnumerable<long> places, CancellationToken ct)
    {
        var counted = new Dictionary<long, long>();
        foreach (var some in places.Distinct().Chunk(PlacesAtOnce))
        {
            foreach (var message in await messages.AtAsync(some.Select(seq => (conversationId, seq)), ct))
                counted[message.Seq] = message.Counted;
        }

        return counted;
    }

    /// <summary>What of a membership follows from the log.</summary>
    private static string Say(Membership? membership) => membership is null ? "nothing" : string.Create(
        CultureInfo.InvariantCulture,
        $"{(membership.Active ? "" : "former ")}{membership.Role} by change {membership.Rev}, read up to {membership.ReadSeq} ({membership.ReadCounted})");

    /// <param name="Kept">Null where there is none.</param>
    /// <param name="Right">Null where none is to be.</param>
    private sealed record Wrong(Guid UserId, Membership? Kept, Membership? Right)
    {
        public bool IsStill(Wrong before) => UserId == before.UserId && Say(Kept) == Say(before.Kept);
    }
}
