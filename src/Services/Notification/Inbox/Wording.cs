using ChatApp.Contracts;

namespace ChatApp.Notification.Inbox;

/// <summary>What a notification says. The name of who caused it may be unknown: its event can come after the first thing that a user does.</summary>
internal sealed record Wording(string Title, string? Text)
{
    public static Wording OfMessage(MessageSent message, string? sender)
    {
        var excerpt = Excerpt.Of(message.Text);
        return message.Kind is ConversationKind.Direct
            ? new Wording(sender ?? "New message", excerpt)
            : new Wording(message.Title ?? "New message", sender is null ? excerpt : $"{sender}: {excerpt}");
    }

    public static Wording OfFriendRequest(string? requester) =>
        new("Friend request", requester is null ? "Somebody wants to be your friend" : $"{requester} wants to be your friend");

    public static Wording OfFriendAccepted(string? friend) =>
        new("Friend request accepted", friend is null ? "You have a new friend" : $"{friend} is your friend now");
}
