using ChatApp.Contracts;
using MongoDB.Bson;
using MongoDB.Driver;

namespace ChatApp.Notification.Directory;

/// <summary>
/// What conversations are called, and their newest messages: copies of what their logs say. The newest message is for who becomes a member before it, but later
/// to this service: some brokers lose the order.
/// </summary>
internal sealed class ConversationDirectory(IMongoDatabase db)
{
    public const string Collection = "conversations";

    private static readonly FilterDefinitionBuilder<KnownConversation> Where = Builders<KnownConversation>.Filter;

    private readonly IMongoCollection<KnownConversation> _conversations = db.GetCollection<KnownConversation>(Collection);

    /// <summary>Takes over what is newer.</summary>
    public Task RememberAsync(IEnumerable<MessageSent> messages, CancellationToken ct) => _conversations.WriteAsync(
        [.. messages.GroupBy(sent => sent.ConversationId).OrderBy(log => log.Key).Select(log => ToUpdate(log.Key, log))], ct);

    public async Task<IReadOnlyDictionary<Guid, KnownConversation>> FindAsync(IEnumerable<Guid> ids, CancellationToken ct) =>
        (await _conversations.Find(Where.In(conversation => conversation.Id, ids)).ToListAsync(ct))
            .ToDictionary(conversation => conversation.Id);

    private static UpdateOneModel<KnownConversation> ToUpdate(Guid id, IEnumerable<MessageSent> log)
    {
        var info = log.Where(sent => sent.System is not null).MaxBy(sent => sent.Rev);
        var last = log.Where(sent => sent.System is null).MaxBy(sent => sent.Seq);
        var set = new BsonDocument();
        set.SetNewer("info", info is null ? null : ConversationInfo.Of(info), "rev", info?.Rev);
        set.SetNewer("last", last is null ? null : MessageExcerpt.Of(last), "seq", last?.Seq);
        return VersionedParts.Upsert(Where.Eq(conversation => conversation.Id, id), new BsonDocument("$set", set));
    }
}

/// <param name="Info">The one with the greatest <see cref="ConversationInfo.Rev"/>.</param>
/// <param name="Last">The one with the greatest <see cref="MessageExcerpt.Seq"/>.</param>
internal sealed record KnownConversation(Guid Id, ConversationInfo? Info, MessageExcerpt? Last);

/// <param name="Title">A group's title.</param>
internal sealed record ConversationInfo(ConversationKind Kind, string? Title, long Rev)
{
    public static ConversationInfo Of(MessageSent sent) => new(sent.System!.Kind, sent.System.Title, sent.Rev);
}

/// <summary>A message as far as an inbox needs it.</summary>
/// <param name="Excerpt">Its beginning.</param>
internal sealed record MessageExcerpt(long Seq, long Rev, long Counted, Guid SenderId, string Excerpt, DateTimeOffset SentAt)
{
    public static MessageExcerpt Of(MessageSent sent) =>
        new(sent.Seq, sent.Rev, sent.Counted, sent.SenderId, Inbox.Excerpt.Of(sent.Text), sent.SentAt);
}
