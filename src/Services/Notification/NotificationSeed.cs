using System.Globalization;
using ChatApp.Contracts;
using ChatApp.Notification.Directory;
using ChatApp.Notification.Inbox;
using ChatApp.Notification.Memberships;
using ChatApp.Platform.Database;
using MongoDB.Driver;

namespace ChatApp.Notification;

/// <summary>
/// Inboxes for demonstrations, by the rules of the events, and the copies that the rules need. Everybody wants everything. A conversation is told from its
/// first message to its last one, then the next.
/// </summary>
internal sealed class NotificationSeed(IMongoDatabase db) : ISeed
{
    private const int BatchSize = 2_000;

    private readonly IMongoCollection<UserDirectory.KnownUser> _users = db.GetCollection<UserDirectory.KnownUser>(UserDirectory.Collection);
    private readonly IMongoCollection<Membership> _memberships = db.GetCollection<Membership>(MembershipStore.Collection);

    public async Task<Holding> HoldsAsync(object first, CancellationToken ct) => Holdings.Of(
        await _users.Find(FilterDefinition<UserDirectory.KnownUser>.Empty).AnyAsync(ct)
        || await _memberships.Find(FilterDefinition<Membership>.Empty).AnyAsync(ct),
        first is UserRegistered user && await _users.Find(known => known.Id == user.UserId).AnyAsync(ct));

    public async Task<IReadOnlyList<string>> StoreAsync(IAsyncEnumerable<object> history, Action<string> progress, CancellationToken ct)
    {
        var documents = new SeedDocuments();
        var entries = 0;
        await foreach (var one in history.WithCancellation(ct))
        {
            if (one is MessageSent { System.Change: MembersChange.Created } && documents.Count >= BatchSize)
                await StoreBatchAsync();
            documents.Add(one);
        }

        await StoreBatchAsync();
        await db.GetCollection<BlockStore.Block>(BlockStore.Collection).InsertMissingAsync(documents.Blocks, ct);
        return [Say(entries)];

        async Task StoreBatchAsync()
        {
            // By the first user this history is known again.
            await _users.InsertMissingAsync(documents.Users, ct);
            await db.GetCollection<StoredNotification>(NotificationStore.Collection).InsertMissingAsync(documents.Notifications, ct);
            await _memberships.InsertMissingAsync(documents.Memberships, ct);
            await db.GetCollection<KnownConversation>(ConversationDirectory.Collection).InsertMissingAsync(documents.Conversations, ct);
            entries += documents.Entries;
            documents.Forget();
            progress(Say(entries));
        }
    }

    private static string Say(int count) => string.Create(CultureInfo.InvariantCulture, $"{count:N0} notifications");
}
