using ChatApp.Chat.Messages;
using ChatApp.Platform.ReadModels;
using MongoDB.Driver;

namespace ChatApp.Chat.Conversations;

/// <summary>The newest message and the last activity in a conversation's document, as its log has them.</summary>
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
                if (!IsAs(conversation, await NewestAsync(conversation, ct)))
                    suspects.Add(conversation);
            }
        }

        // A projection follows its message by milliseconds: what is still the same a moment later is not on its way.
        if (suspects.Count > 0)
            await Task.Delay(OnItsWay, ct);

        List<string> drift = [];
        foreach (var before in suspects)
        {
            var now = await _conversations.Find(Where.Eq(stored => stored.Id, before.Id)).FirstOrDefaultAsync(ct);
            if (now is null || now.LastMessage != before.LastMessage || now.LastActivityAt != before.LastActivityAt)
                continue;

            var newest = await NewestAsync(now, ct);
            if (IsAs(now, newest))
                continue;

            drift.Add($"{now.Id}: {now.LastMessage?.Rev ?? 0} is projected, {newest?.Rev ?? 0} is the log's newest change");
            if (!check)
                await PutRightAsync(now, newest, ct);
        }

        return new Comparison(compared, drift);
    }

    /// <summary>Read after the projection: the log can't be behind it.</summary>
    private async Task<LastMessage?> NewestAsync(Conversation conversation, CancellationToken ct) =>
        await messages.NewestAsync(conversation.Id, ct) is { } newest ? LastMessage.Of(newest) : null;

    private static bool IsAs(Conversation conversation, LastMessage? newest) =>
        conversation.LastMessage == newest && conversation.LastActivityAt == (newest?.SentAt ?? conversation.CreatedAt);

    /// <summary>Unless a projection has come between.</summary>
    private Task<UpdateResult> PutRightAsync(Conversation wrong, LastMessage? newest, CancellationToken ct) => _conversations.UpdateOneAsync(
        Where.Eq(stored => stored.Id, wrong.Id) & Where.Eq(stored => stored.LastMessage, wrong.LastMessage) & Where.Eq(stored => stored.LastActivityAt, wrong.LastActivityAt),
        (newest is null ? Builders<Conversation>.Update.Unset(stored => stored.LastMessage) : Builders<Conversation>.Update.Set(stored => stored.LastMessage, newest))
            .Set(stored => stored.LastActivityAt, newest?.SentAt ?? wrong.CreatedAt),
        cancellationToken: ct);
}
