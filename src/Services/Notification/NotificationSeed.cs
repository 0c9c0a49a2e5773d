using System.Globalization;
using ChatApp.Contracts;
using ChatApp.Notification.Directory;
using ChatApp.Notification.Inbox;
using ChatApp.Platform.Database;
using MongoDB.Driver;

namespace ChatApp.Notification;

/// <summary>Inboxes for demonstrations, by the rules of the events, and the copies that the rules need. Everybody wants everything; who reads does so before a message comes.</summary>
internal sealed class NotificationSeed(IMongoDatabase db) : ISeed
{
    private const int BatchSize = 2_000;

    private readonly IMongoCollection<InboxItem> _inbox = db.GetCollection<InboxItem>(InboxStore.Collection);
    private readonly IMongoCollection<UserDirectory.KnownUser> _users = db.GetCollection<UserDirectory.KnownUser>(UserDirectory.Collection);

    public async Task<Holding> HoldsAsync(object first, CancellationToken ct) => Holdings.Of(
        await _users.Find(FilterDefinition<UserDirectory.KnownUser>.Empty).AnyAsync(ct) || await _inbox.Find(FilterDefinition<InboxItem>.Empty).AnyAsync(ct),
        first is UserRegistered user && await _users.Find(known => known.Id == user.UserId).AnyAsync(ct));

    public async Task<IReadOnlyList<string>> StoreAsync(IAsyncEnumerable<object> history, Action<string> progress, CancellationToken ct)
    {
        var told = new Told();
        List<InboxItem> batch = [];
        var count = 0;
        await foreach (var one in history.WithCancellation(ct))
        {
            switch (one)
            {
                case FriendRequested asked:
                    batch.Add(Friendly(asked.AddresseeId, asked.RequesterId, NotificationKind.FriendRequest, Wording.OfFriendRequest, asked.RequestedAt));
                    break;
                case FriendAccepted answered:
                    batch.Add(Friendly(answered.RequesterId, answered.AddresseeId, NotificationKind.FriendAccepted, Wording.OfFriendAccepted, answered.AcceptedAt));
                    break;
                case NotificationsRead { NotificationId: null } read:
                    for (var i = 0; i < batch.Count; i++)
                    {
                        if (batch[i].UserId == read.UserId)
                            batch[i] = batch[i] with { Unread = false, ReadAt = read.ReadAt };
                    }

                    break;
                case MessageSent sent:
                    batch.AddRange(told.WhoIsToHearOf(sent).Select(userId => InboxItem.Of(
                        sent.ClientMessageId, userId, NotificationKind.Message, sent.SenderId, Wording.OfMessage(sent, told.NameOf(sent.SenderId)), sent.SentAt, sent.SentAt, sent)));
                    break;
                default:
                    told.Note(one);
                    break;
            }

            // What is marked read above is told of before any conversation is.
            if (batch.Count >= BatchSize && one is MessageSent)
                await StoreBatchAsync();
        }

        await StoreBatchAsync();
        await db.GetCollection<MembershipStore.Membership>(MembershipStore.Collection).InsertMissingAsync([.. told.Memberships], ct);
        await db.GetCollection<BlockStore.Block>(BlockStore.Collection).InsertMissingAsync([.. told.Blocks], ct);
        return [Say(count, "notifications")];

        InboxItem Friendly(Guid userId, Guid actorId, NotificationKind kind, Func<string?, Wording> word, DateTimeOffset at) =>
            InboxItem.Of(actorId, userId, kind, actorId, word(told.NameOf(actorId)), at, at);

        async Task StoreBatchAsync()
        {
            // By the first user this history is known again.
            await _users.InsertMissingAsync(told.TakeUsers(), ct);
            // It is all long told.
            await _inbox.InsertMissingAsync([.. batch.Select(item => item with { Outbox = null })], ct);
            count += batch.Count;
            batch.Clear();
            progress(Say(count, "notifications"));
        }
    }

    private static string Say(int count, string what) => string.Create(CultureInfo.InvariantCulture, $"{count:N0} {what}");

    /// <summary>What the history has said so far.</summary>
    private sealed class Told
    {
        private readonly Dictionary<Guid, UserDirectory.KnownUser> _users = [];
        private List<UserDirectory.KnownUser> _newUsers = [];
        private readonly Dictionary<MembershipStore.MembershipKey, MembershipStore.Membership> _memberships = [];
        private readonly Dictionary<BlockStore.BlockKey, BlockStore.Block> _blocks = [];

        public IReadOnlyCollection<MembershipStore.Membership> Memberships => _memberships.Values;

        public IReadOnlyCollection<BlockStore.Block> Blocks => _blocks.Values;

        public void Note(object told)
        {
            switch (told)
            {
                case ProfileUpdated profile:
                    _users[profile.UserId] = new(profile.UserId, profile.DisplayName, profile.Version);
                    _newUsers.Add(_users[profile.UserId]);
                    break;
                case BlockChanged block:
                    _blocks[new(block.BlockerId, block.BlockedId)] = new(new(block.BlockerId, block.BlockedId), block.Blocked, block.Version);
                    break;
                case MembershipChanged changed:
                    Change(changed.ConversationId, changed.UserId, before => before with { MutedUntil = changed.MutedUntil, Version = changed.Version });
                    break;
                case ReceiptUpdated receipt:
                    Change(receipt.ConversationId, receipt.UserId, before => before with { ReadSeq = receipt.ReadSeq });
                    break;
            }
        }

        /// <summary>Those that were not taken yet.</summary>
        public List<UserDirectory.KnownUser> TakeUsers()
        {
            var taken = _newUsers;
            _newUsers = [];
            return taken;
        }

        public string? NameOf(Guid userId) => _users.GetValueOrDefault(userId)?.DisplayName;

        public IEnumerable<Guid> WhoIsToHearOf(MessageSent sent) => sent.MemberIds.Where(userId =>
            userId != sent.SenderId
            && _blocks.GetValueOrDefault(new(userId, sent.SenderId)) is not { Blocked: true }
            && !(_memberships.GetValueOrDefault(new(sent.ConversationId, userId)) is { } membership && (membership.ReadSeq >= sent.Seq || membership.MutedUntil > sent.SentAt)));

        private void Change(Guid conversationId, Guid userId, Func<MembershipStore.Membership, MembershipStore.Membership> change)
        {
            var key = new MembershipStore.MembershipKey(conversationId, userId);
            _memberships[key] = change(_memberships.GetValueOrDefault(key) ?? new MembershipStore.Membership(key, null, null, null));
        }
    }
}
