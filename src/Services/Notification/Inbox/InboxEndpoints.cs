using System.ComponentModel.DataAnnotations;
using ChatApp.Platform;
using ChatApp.Platform.Tokens;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChatApp.Notification.Inbox;

internal static class InboxEndpoints
{
    public static void MapInbox(this IEndpointRouteBuilder app)
    {
        var inbox = app.MapGroup("/notifications").WithTags("Notifications").ProducesProblem(StatusCodes.Status401Unauthorized);

        inbox.MapGet("/", PageAsync)
            .WithSummary("My notifications, newest first; `next` of a page is `before` of the one behind it")
            .WithDescription("All messages of a conversation share one entry. Entries of 90 days and more are left out.")
            .ProducesValidationProblem();
        inbox.MapGet("/unread-count", CountUnreadAsync)
            .WithSummary("How many of my notifications are unread");
        inbox.MapPut("/{id:guid}/read", MarkReadAsync)
            .WithSummary("Mark a notification read; repeating it changes nothing")
            .WithDescription("The conversation of a message is not marked read by it; but reading the conversation reads its notification.")
            .ProducesProblem(StatusCodes.Status404NotFound);
        inbox.MapPut("/read", MarkAllReadAsync)
            .WithSummary("Mark all that I have now read");
    }

    private static async Task<Results<Ok<NotificationPage>, ProblemHttpResult>> PageAsync(
        CurrentUser user, InboxStore inbox, CancellationToken ct, [StringLength(60)] string? before = null, [Range(1, 100)] int limit = 30)
    {
        InboxCursor? cursor = null;
        if (before is not null && (cursor = InboxCursor.Parse(before)) is null)
            return Problem.Invalid("before", "Not a cursor that a page gave as next.");

        return TypedResults.Ok(await inbox.PageAsync(user.Id, cursor, limit, ct));
    }

    private static async Task<Ok<UnreadCount>> CountUnreadAsync(CurrentUser user, InboxStore inbox, CancellationToken ct) =>
        TypedResults.Ok(new UnreadCount(await inbox.CountUnreadAsync(user.Id, ct)));

    private static async Task<Results<NoContent, ProblemHttpResult>> MarkReadAsync(Guid id, CurrentUser user, InboxStore inbox, CancellationToken ct) =>
        await inbox.MarkReadAsync(user.Id, id, ct)
            ? TypedResults.NoContent()
            : Problem.NotFound("notification_not_found", "You have no such notification.");

    private static async Task<NoContent> MarkAllReadAsync(CurrentUser user, InboxStore inbox, CancellationToken ct)
    {
        await inbox.MarkAllReadAsync(user.Id, ct);
        return TypedResults.NoContent();
    }
}
