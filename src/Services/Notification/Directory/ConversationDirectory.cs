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
    public Task RememberAsync(IEnumerable<MessageSent> messages, CancellationToken ct) =>
        _conversations.WriteAsync([.. messages.GroupBy(message => message.ConversationId).OrderBy(log => log.Key).Select(log => ToUpdate(log.Key, log))], ct);

    public async Task<IReadOnlyDictionary<Guid, KnownConversation>> FindAsync(IEnumerable<Guid> ids, CancellationToken ct) =>
        (await _conversations.Find(Where.In(conversation => conversation.Id, ids)).ToListAsync(ct)).ToDictionary(conversation => conversation.Id);

    private static UpdateOneModel<KnownConversation> ToUpdate(Guid id, IEnumerable<MessageSent> log)
    {
        var (about, last) = (log.Where(message => message.System is not null).MaxBy(message => message.Rev), log.Where(message => message.System is null).MaxBy(message => message.Seq));
        var set = new BsonDocument();
        set.SetNewer("about", about is null ? null : AboutPart.Of(about), "rev", about?.Rev);
        set.SetNewer("last", last is null ? null : SaidPart.Of(last), "seq", last?.Seq);
        return Parts.Upsert(Where.Eq(conversation => conversation.Id, id), new BsonDocument("$set", set));
    }
}

/// <param name="About">By <see cref="AboutPart.Rev"/>.</param>
/// <param name="Last">By <see cref="SaidPart.Seq"/>.</param>
internal sealed record KnownConversation(Guid Id, AboutPart? About, SaidPart? Last);

/// <param name="Title">A group's title.</param>
internal sealed record AboutPart(ConversationKind Kind, string? Title, long Rev)
{
    public static AboutPart Of(MessageSent said) => new(said.System!.Kind, said.System.Title, said.Rev);
}

/// <summary>A message as far as an inbox needs it.</summary>
/// <param name="Excerpt">Its beginning.</param>
internal sealed record SaidPart(long Seq, long Rev, long Counted, Guid SenderId, string Excerpt, DateTimeOffset SentAt)
{
    public static SaidPart Of(MessageSent said) => new(said.Seq, said.Rev, said.Counted, said.SenderId, Inbox.Excerpt.Of(said.Text), said.SentAt);
}
