using ChatApp.Contracts;
using ChatApp.Notification.Directory;

namespace ChatApp.Notification.Inbox;

/// <summary>What a notification says. The name of who caused it may be unknown: its event can come after the first thing that a user does.</summary>
internal sealed record Wording(string Title, string? Text)
{
    public static Wording OfMessage(SaidPart said, AboutPart? about, string? sender) => about?.Kind is ConversationKind.Group
        ? new Wording(about.Title ?? "New message", sender is null ? said.Excerpt : $"{sender}: {said.Excerpt}")
        : new Wording(sender ?? "New message", said.Excerpt);

    public static Wording OfFriendRequest(string? requester) =>
        new("Friend request", requester is null ? "Somebody wants to be your friend" : $"{requester} wants to be your friend");

    public static Wording OfFriendAccepted(string? friend) =>
        new("Friend request accepted", friend is null ? "You have a new friend" : $"{friend} is your friend now");
}
