using ChatApp.Notification.Directory;
using ChatApp.Notification.Inbox;
using ChatApp.Notification.Preferences;

namespace ChatApp.Notification;

/// <summary>Who is to hear of what somebody did: who wants to know such things and has not blocked him.</summary>
internal sealed class Recipients(PreferenceStore preferences, BlockStore blocks)
{
    /// <returns>Whether the first, one of the users, is to hear of the second, one of the actors.</returns>
    public async Task<Func<Guid, Guid, bool>> AmongAsync(
        NotificationKind kind, IReadOnlyCollection<Guid> userIds, IReadOnlyCollection<Guid> actorIds, CancellationToken ct)
    {
        var declining = preferences.WhoDeclinesAsync(kind, userIds, ct);
        var blocking = blocks.AmongAsync(userIds, actorIds, ct);
        await Task.WhenAll(declining, blocking);

        var (declined, blocked) = (await declining, await blocking);
        return (userId, actorId) => !declined.Contains(userId) && !blocked.Contains(new BlockStore.BlockKey(userId, actorId));
    }
}
