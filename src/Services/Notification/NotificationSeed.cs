using System.Globalization;
using ChatApp.Contracts;
using ChatApp.Notification.Directory;
using ChatApp.Notification.Inbox;
using ChatApp.Notification.Memberships;
using ChatApp.Platform.Database;
using MongoDB.Driver;

namespace ChatApp.Notification;

/// <summary>
/// Inboxes for demonstrations, by the rules of the events, and the copies that the rules need. Everybody wants everything. A conversation is told from its first
/// message to its last one, then the next.
/// </summary>
internal sealed class NotificationSeed(IMongoDatabase db) : ISeed
{
    private const int BatchSize = 2_000;

    private readonly IMongoCollection<UserDirectory.KnownUser> _users = db.GetCollection<UserDirectory.KnownUser>(UserDirectory.Collection);

    public async Task<Holding> HoldsAsync(object first, CancellationToken ct) => Holdings.Of(
        await _users.Find(FilterDefinition<UserDirectory.KnownUser>.Empty).AnyAsync(ct),
        first is UserRegistered user && await _users.Find(known => known.Id == user.UserId).AnyAsync(ct));

    public async Task<IReadOnlyList<string>> StoreAsync(IAsyncEnumerable<object> history, Action<string> progress, CancellationToken ct)
    {
        var told = new ToldHistory();
        var entries = 0;
        await foreach (var one in history.WithCancellation(ct))
        {
            if (one is MessageSent { System.Change: MembersChange.Created } && told.Count >= BatchSize)
                await StoreBatchAsync();
            told.Tell(one);
        }

        await StoreBatchAsync();
        await db.GetCollection<BlockStore.Block>(BlockStore.Collection).InsertMissingAsync(told.Blocks, ct);
        return [Say(entries)];

        async Task StoreBatchAsync()
        {
            // By the first user this history is known again.
            await _users.InsertMissingAsync(told.Users, ct);
            await db.GetCollection<StoredNotification>(NotificationStore.Collection).InsertMissingAsync(told.Notifications, ct);
            await db.GetCollection<Membership>(MembershipStore.Collection).InsertMissingAsync(told.Memberships, ct);
            await db.GetCollection<KnownConversation>(ConversationDirectory.Collection).InsertMissingAsync(told.Conversations, ct);
            entries += told.Entries;
            told.Forget();
            progress(Say(entries));
        }
    }

    private static string Say(int count) => string.Create(CultureInfo.InvariantCulture, $"{count:N0} notifications");
}
