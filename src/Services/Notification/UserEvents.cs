using ChatApp.Contracts;
using ChatApp.Notification.Directory;
using ChatApp.Notification.Inbox;
using ChatApp.Platform.Messaging;

namespace ChatApp.Notification;

internal static class UserEventRoutes
{
    public static void MapUserEvents(this WebApplication app)
    {
        var events = app.Services.GetRequiredService<UserEvents>();
        app.MapEvents(ProfileUpdated.Topic).On<ProfileUpdated>(app.Services.GetRequiredService<UserDirectory>().HandleAsync);
        app.MapEvents(FriendRequested.Topic)
            .On<FriendRequested>(events.HandleAsync)
            .On<FriendAccepted>(events.HandleAsync)
            .On<BlockChanged>(app.Services.GetRequiredService<BlockStore>().HandleAsync);
    }
}

/// <summary>A friend request tells its addressee, and its acceptance the one who asked.</summary>
internal sealed class UserEvents(NotificationStore notifications, Recipients recipients, UserDirectory users)
{
    public Task HandleAsync(Received<FriendRequested> received, CancellationToken ct) => TellAsync(
        received.Id,
        received.Event.AddresseeId,
        NotificationKind.FriendRequest,
        received.Event.RequesterId,
        Wording.OfFriendRequest,
        received.Event.RequestedAt,
        ct);

    public Task HandleAsync(Received<FriendAccepted> received, CancellationToken ct) => TellAsync(
        received.Id,
        received.Event.RequesterId,
        NotificationKind.FriendAccepted,
        received.Event.AddresseeId,
        Wording.OfFriendAccepted,
        received.Event.AcceptedAt,
        ct);

    private async Task TellAsync(
        Guid eventId, Guid userId, NotificationKind kind, Guid actorId, Func<string?, Wording> word, DateTimeOffset happenedAt, CancellationToken ct)
    {
        var hears = await recipients.AmongAsync(kind, [userId], [actorId], ct);
        if (!hears(userId, actorId))
            return;

        var names = await users.NamesOfAsync([actorId], ct);
        await notifications.AddAsync(StoredNotification.Of(eventId, userId, kind, actorId, word(names.GetValueOrDefault(actorId)), happenedAt), ct);
    }
}
