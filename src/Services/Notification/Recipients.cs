using ChatApp.Notification.Directory;
using ChatApp.Notification.Inbox;
using ChatApp.Notification.Preferences;

namespace ChatApp.Notification;

/// <summary>Who is to hear of what somebody did: who wants to know such things and has not blocked him.</summary>
internal sealed class Recipients(PreferenceStore preferences, BlockStore blocks)
{
    public async Task<IEnumerable<Guid>> AmongAsync(IReadOnlyCollection<Guid> userIds, NotificationKind kind, Guid actorId, CancellationToken ct)
    {
        var declining = preferences.WhoDeclinesAsync(kind, userIds, ct);
        var blocking = blocks.WhoBlockedAsync(actorId, userIds, ct);
        await Task.WhenAll(declining, blocking);

        return userIds.Except(await declining).Except(await blocking);
    }
}
