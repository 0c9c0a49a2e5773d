using ChatApp.Chat.Messages;
using ChatApp.Contracts;
using MongoDB.Driver;

namespace ChatApp.Chat.Tests;

/// <summary>What another process has written before it could do anything else.</summary>
internal static class OtherWriter
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>A message at the next place of the log.</summary>
    /// <param name="writer">The process, where something is to be known of it.</param>
    public static Task<StoredMessage> AppendAsync(this IMongoDatabase store, Guid conversation, Guid sender, string text, Guid? writer = null) =>
        AppendAsync(store, conversation, sender, text, null, writer, more: 0);

    /// <summary>A change of the members that the memberships have not been told of.</summary>
    /// <param name="more">So many members more there are then.</param>
    public static Task<StoredMessage> AppendAsync(this IMongoDatabase store, Guid conversation, Guid actor, SystemMessage system, int more = 0, Guid? writer = null) =>
        AppendAsync(store, conversation, actor, "", system, writer, more);

    private static async Task<StoredMessage> AppendAsync(IMongoDatabase store, Guid conversation, Guid sender, string text, SystemMessage? system, Guid? writer, int more)
    {
        var messages = store.GetCollection<StoredMessage>("messages");
        var last = await messages.Find(message => message.ConversationId == conversation).SortByDescending(message => message.Id).FirstOrDefaultAsync(Cancel);
        var (seq, now) = ((last?.Seq ?? 0) + 1, DateTimeOffset.UtcNow);
        var message = new StoredMessage(
            StoredMessage.Key(conversation, seq),
            conversation,
            seq,
            seq,
            (last?.Counted ?? 0) + (system is null ? 1 : 0),
            (last?.MemberCount ?? 0) + more,
            sender,
            Guid.NewGuid(),
            text,
            now,
            system,
            now,
            writer ?? Guid.NewGuid());
        await messages.InsertOneAsync(message, cancellationToken: Cancel);
        return message;
    }
}
