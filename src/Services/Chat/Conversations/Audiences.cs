using ChatApp.Contracts;
using ChatApp.Platform;
using MongoDB.Driver;

namespace ChatApp.Chat.Conversations;

/// <summary>What a send must know of its conversation.</summary>
internal sealed record Audience(Guid ConversationId, ConversationKind Kind, string? Title, IReadOnlyList<Guid> MemberIds)
{
    public bool Has(Guid userId) => MemberIds.Contains(userId);

    /// <summary>The other one of a direct conversation.</summary>
    public Guid Other(Guid userId) => MemberIds[0] == userId ? MemberIds[1] : MemberIds[0];
}

/// <summary>Who is in which conversation, kept for a moment so that a send reads nothing.</summary>
internal sealed class Audiences : IDisposable
{
    /// <summary>How long a change of members that another process made may go unnoticed here.</summary>
    public static readonly TimeSpan Staleness = TimeSpan.FromSeconds(2);

    private readonly IMongoCollection<Conversation> _conversations;
    private readonly ExpiringCache<Guid, Audience> _recent;

    public Audiences(IMongoDatabase db)
    {
        _conversations = db.GetCollection<Conversation>(ConversationStore.Collection);
        _recent = new(Staleness, capacity: 20_000, LoadAsync);
    }

    public void Dispose() => _recent.Dispose();

    /// <summary>Null both when there is no such conversation and when the user is not in it: an outsider must not learn that it exists.</summary>
    public async Task<Audience?> FindAsync(Guid conversationId, Guid memberId) =>
        await _recent.GetAsync(conversationId) is { } audience && audience.Has(memberId) ? audience : null;

    private async Task<Audience?> LoadAsync(Guid conversationId)
    {
        var conversation = await _conversations.Find(Builders<Conversation>.Filter.Eq(stored => stored.Id, conversationId)).FirstOrDefaultAsync();
        return conversation is null
            ? null
            : new Audience(conversation.Id, conversation.Kind, conversation.Title, [.. conversation.Members.Select(member => member.UserId)]);
    }
}
