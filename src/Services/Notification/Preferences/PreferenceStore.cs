using ChatApp.Notification.Inbox;
using MongoDB.Driver;

namespace ChatApp.Notification.Preferences;

/// <summary>Which kinds of notifications a user wants. Who never said so wants all.</summary>
internal sealed class PreferenceStore(IMongoDatabase db)
{
    public const string Collection = "notification_preferences";

    private static readonly FilterDefinitionBuilder<Stored> Filter = Builders<Stored>.Filter;

    private readonly IMongoCollection<Stored> _preferences = db.GetCollection<Stored>(Collection);

    public async Task<NotificationPreferences> FindAsync(Guid userId, CancellationToken ct) =>
        await _preferences.Find(Filter.Eq(stored => stored.Id, userId)).FirstOrDefaultAsync(ct) is { } stored
            ? new NotificationPreferences(stored.Message, stored.FriendRequest, stored.FriendAccepted)
            : NotificationPreferences.Default;

    public Task SaveAsync(Guid userId, NotificationPreferences preferences, CancellationToken ct) =>
        _preferences.ReplaceOneAsync(
            Filter.Eq(stored => stored.Id, userId),
            new Stored(userId, preferences.Message!.Value, preferences.FriendRequest!.Value, preferences.FriendAccepted!.Value),
            new ReplaceOptions { IsUpsert = true },
            ct);

    /// <summary>Those of the users who don't want notifications of this kind.</summary>
    public async Task<IReadOnlySet<Guid>> WhoDeclinesAsync(NotificationKind kind, IEnumerable<Guid> userIds, CancellationToken ct)
    {
        var declined = kind switch
        {
            NotificationKind.Message => Filter.Eq(stored => stored.Message, false),
            NotificationKind.FriendRequest => Filter.Eq(stored => stored.FriendRequest, false),
            NotificationKind.FriendAccepted => Filter.Eq(stored => stored.FriendAccepted, false),
            _ => throw new ArgumentOutOfRangeException(nameof(kind)),
        };
        var found = await _preferences.Find(Filter.In(stored => stored.Id, userIds) & declined).ToListAsync(ct);
        return found.Select(stored => stored.Id).ToHashSet();
    }

    private sealed record Stored(Guid Id, bool Message, bool FriendRequest, bool FriendAccepted);
}
