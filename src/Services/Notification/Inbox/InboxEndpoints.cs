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
            .ProducesValidationProblem();
        inbox.MapGet("/unread-count", CountUnreadAsync)
            .WithSummary("How many of my notifications are unread");
        inbox.MapPut("/{id:guid}/read", MarkReadAsync)
            .WithSummary("Mark a notification read; repeating it changes nothing")
            .ProducesProblem(StatusCodes.Status404NotFound);
        inbox.MapPut("/read", MarkAllReadAsync)
            .WithSummary("Mark all that I have now read");
    }

    private static async Task<Ok<NotificationPage>> PageAsync(
        CurrentUser user, InboxStore inbox, CancellationToken ct, Guid? before = null, [Range(1, 100)] int limit = 30) =>
        TypedResults.Ok(await inbox.PageAsync(user.Id, before, limit, ct));

    private static async Task<Ok<UnreadCount>> CountUnreadAsync(CurrentUser user, InboxStore inbox, CancellationToken ct) =>
        TypedResults.Ok(new UnreadCount(await inbox.CountUnreadAsync(user.Id, ct)));

    private static async Task<Results<NoContent, ProblemHttpResult>> MarkReadAsync(
        Guid id, CurrentUser user, InboxStore inbox, TimeProvider time, CancellationToken ct) =>
        await inbox.MarkReadAsync(user.Id, id, time.GetUtcNow(), ct)
            ? TypedResults.NoContent()
            : Problem.NotFound("notification_not_found", "You have no such notification.");

    private static async Task<NoContent> MarkAllReadAsync(CurrentUser user, InboxStore inbox, TimeProvider time, CancellationToken ct)
    {
        await inbox.MarkAllReadAsync(user.Id, time.GetUtcNow(), ct);
        return TypedResults.NoContent();
    }
}
