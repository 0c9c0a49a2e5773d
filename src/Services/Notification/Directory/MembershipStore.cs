using ChatApp.Contracts;
using ChatApp.Platform.Database;
using ChatApp.Platform.Messaging;
using ChatApp.Platform.ReadModels;
using MongoDB.Driver;

namespace ChatApp.Notification.Directory;

/// <summary>Until when members muted a conversation and how far they read it: a copy of what the chat service tells.</summary>
internal sealed class MembershipStore(IMongoDatabase db)
{
    public const string Collection = "memberships";

    private static readonly FilterDefinitionBuilder<Membership> Filter = Builders<Membership>.Filter;

    private readonly IMongoCollection<Membership> _memberships = db.GetCollection<Membership>(Collection);

    /// <summary>The copy of the mutes, to be held against the chat service's own. How far somebody has read is told by receipts, and only ever grows.</summary>
    public IReadModel Copy => new MongoCopy<MembershipKey, Membership>(
        Collection,
        _memberships,
        membership => membership.Id,
        membership => membership.Version,
        (type, data) => type == MembershipChanged.Type && OwnedState.Event<MembershipChanged>(data) is { } change
            ? new Membership(new MembershipKey(change.ConversationId, change.UserId), change.MutedUntil, ReadSeq: null, change.Version)
            : null,
        (kept, owned) => kept?.MutedUntil == owned?.MutedUntil && kept?.Version == owned?.Version,
        (kept, owned) => owned with { ReadSeq = kept.ReadSeq });

    public Task HandleAsync(Received<MembershipChanged> received, CancellationToken ct) =>
        _memberships.KeepNewestAsync(
            Is(received.Event.ConversationId, received.Event.UserId),
            received.Event.Version,
            Builders<Membership>.Update.Set(membership => membership.MutedUntil, received.Event.MutedUntil),
            ct);

    /// <summary>Remembered even before there is anything to mark: the message may come behind its receipt.</summary>
    public Task HandleAsync(Received<ReceiptUpdated> received, CancellationToken ct) =>
        _memberships.UpdateOneAsync(
            Is(received.Event.ConversationId, received.Event.UserId),
            Builders<Membership>.Update.Max(membership => membership.ReadSeq, received.Event.ReadSeq),
            new UpdateOptions { IsUpsert = true },
            ct);

    /// <summary>Those of the users who had the conversation muted when the message was sent, or have read it already.</summary>
    public async Task<IReadOnlyList<Guid>> WhoNeedsNotKnowAsync(MessageSent sent, IReadOnlyCollection<Guid> userIds, CancellationToken ct)
    {
        var memberships = await _memberships
            .Find(
                Filter.In(membership => membership.Id, userIds.Select(userId => new MembershipKey(sent.ConversationId, userId)))
                & (Filter.Gt(membership => membership.MutedUntil, sent.SentAt) | Filter.Gte(membership => membership.ReadSeq, sent.Seq)))
            .ToListAsync(ct);
        return [.. memberships.Select(membership => membership.Id.UserId)];
    }

    private static FilterDefinition<Membership> Is(Guid conversationId, Guid userId) =>
        Filter.Eq(membership => membership.Id, new MembershipKey(conversationId, userId));

    internal sealed record MembershipKey(Guid ConversationId, Guid UserId);

    internal sealed record Membership(MembershipKey Id, DateTimeOffset? MutedUntil, long? ReadSeq, long? Version);
}
