using ChatApp.Chat.Messages;
using ChatApp.Platform.ReadModels;
using MongoDB.Driver;

namespace ChatApp.Chat.Conversations;

/// <summary>What a conversation's document shows of its log: the newest message, the last activity, counts.</summary>
internal sealed class ConversationList(IMongoDatabase db, MessageStore messages) : IReadModel
{
    private static readonly TimeSpan OnItsWay = TimeSpan.FromSeconds(3);
    private static readonly FilterDefinitionBuilder<Conversation> Where = Builders<Conversation>.Filter;

    private readonly IMongoCollection<Conversation> _conversations = db.GetCollection<Conversation>(ConversationStore.Collection);

    public string Name => "conversation_list";

    public async Task<Comparison> RebuildAsync(TextReader state, Action ready, bool check, CancellationToken ct)
    {
        var (compared, suspects) = (0L, new List<Conversation>());
        using var all = await _conversations.Find(Where.Empty).ToCursorAsync(ct);
        while (await all.MoveNextAsync(ct))
        {
            foreach (var conversation in all.Current)
            {
                compared++;
                if (conversation != await RightAsync(conversation, ct))
                    suspects.Add(conversation);
            }
        }

        // A projection follows its message by a second: what is still the same a moment later is not on its way.
        if (suspects.Count > 0)
            await Task.Delay(OnItsWay, ct);

        List<string> drift = [];
        foreach (var before in suspects)
        {
            var now = await _conversations.Find(Where.Eq(stored => stored.Id, before.Id)).FirstOrDefaultAsync(ct);
            if (now is null || now != before)
                continue;

            var right = await RightAsync(now, ct);
            if (now == right)
                continue;

            drift.Add($"{now.Id}: {now.Rev} is projected, {right.Rev} is the log's newest change");
            if (!check)
                await PutRightAsync(now, right, ct);
        }

        return new Comparison(compared, drift);
    }

    /// <summary>Read after the projection: the log can't be behind it.</summary>
    private async Task<Conversation> RightAsync(Conversation conversation, CancellationToken ct)
    {
        var end = await messages.TailAsync(conversation.Id, ct);
        var written = await messages.LastWrittenAsync(conversation.Id, ct);
        var changes = await messages.SystemAsync(conversation.Id, ct);
        var members = changes.Count > 0 ? changes[^1] : null;
        return conversation with
        {
            LastMessage = written is null ? null : LastMessage.Of(written),
            LastActivityAt = written?.SentAt ?? conversation.CreatedAt,
            Rev = end.Rev,
            Counted = end.Counted,
            MemberCount = members?.MemberCount ?? 0,
            MembersRev = members?.Rev ?? 0,
        };
    }

    /// <summary>Unless a projection has come between.</summary>
    private Task<ReplaceOneResult> PutRightAsync(Conversation wrong, Conversation right, CancellationToken ct) => _conversations.ReplaceOneAsync(
        Where.Eq(stored => stored.Id, wrong.Id)
        & Where.Eq(stored => stored.LastMessage, wrong.LastMessage)
        & Where.Eq(stored => stored.LastActivityAt, wrong.LastActivityAt)
        & Where.Eq(stored => stored.Rev, wrong.Rev)
        & Where.Eq(stored => stored.MembersRev, wrong.MembersRev),
        right,
        cancellationToken: ct);
}
