using System.Globalization;
using System.Security.Claims;
using ChatApp.Gateway.Forwarding;
using ChatApp.Platform;
using ChatApp.Platform.Tokens;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChatApp.Gateway.RealTime;

internal static class StreamEndpoints
{
    private const string Description = """
        Server-sent events for the signed-in user; the data of each is one JSON object.

        - `message`: a message of one of the user's conversations, as the history shows it. Its `id` is the same if it should come twice.
          With `system` it is a change of the members; who is removed gets it as the last of that conversation.
        - `conversation`: the user is in a conversation from now on: `id`, `kind`, `title`, `createdBy` (null for who was brought in later),
          `memberCount`, `rev`. The `message` that says so follows.
        - `receipts`: members have read: `conversationId` and `receipts` of `userId`, `readSeq`, `readAt`. Of each member the greatest
          `readSeq` wins.
        - `membership`: the user's own settings for a conversation: `conversationId`, `mutedUntil`, `version`, `changedAt`. The newest
          `version` wins.
        - `notifications`: `items`, entries of the inbox as `GET /api/notifications` shows them. With `readAt` one was read, without it one is
          new or has changed. Of each `id` the newest `updatedAt` wins.

        `ready` comes first. From there on nothing is missing, so call `POST /api/sync` after it: what came before is answered by sync, what
        comes after by the stream, and `rev` tells which of the two was faster.

        The stream ends with one of three events. `resume`: this end can't go on; its `reason` is `slow` (you read too slowly), `stopping` or,
        with no `ready` before it, `members_unavailable`: connect again and sync. `expired`: your access token has; refresh it, connect again
        and sync. `revoked`: the session is over; log in. A stream that ends with none of them broke: connect again and sync. A comment line
        comes when nothing else has for 15 seconds.
        """;

    public static void AddRealTime(this WebApplicationBuilder builder)
    {
        builder.Services.AddOptions<StreamLimits>().BindConfiguration(StreamLimits.Section).ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton<LiveStreams>();
        builder.Services.AddSingleton<OnlineMembers>();
        builder.Services.AddSingleton<MembershipLoader>();
        builder.Services.AddSingleton<RevokedSessions>();
        builder.Services.AddSingleton<MessageFeed>();
        builder.Services.AddSingleton<ConversationFeed>();
        builder.Services.AddSingleton<InboxFeed>();
        builder.Services.AddSingleton<EventFeed>();
        builder.Services.AddHostedService<StreamUpkeep>();
    }

    public static void MapRealTime(this WebApplication app)
    {
        EventFeed.Map(app);
        app.MapGet($"{PublicRoutes.ApiPrefix}/stream", Stream)
            .WithTags("gateway")
            .WithName("stream")
            .WithSummary("What happens, as it happens")
            .WithDescription(Description)
            .Produces<string>(StatusCodes.Status200OK, "text/event-stream")
            .ProducesProblem(StatusCodes.Status401Unauthorized)
            .ProducesProblem(StatusCodes.Status429TooManyRequests);
    }

    private static async Task<Results<EmptyHttpResult, ProblemHttpResult>> Stream(
        HttpContext context, CurrentUser user, LiveStreams streams, MembershipLoader memberships, RevokedSessions revoked)
    {
        if (streams.TryOpen(user, ExpiryOf(context.User)) is not { } stream)
            return Problem.Of(StatusCodes.Status429TooManyRequests, "too_many_streams", "You have too many streams open.");

        try
        {
            // Looked at after the stream was entered: a session that is revoked now ends it.
            if (revoked.Contains(user.SessionId))
                return Problem.Unauthorized("session_revoked", "This session is over. Log in again.");

            context.Response.ContentType = "text/event-stream";
            context.Response.Headers.CacheControl = "no-store";
            context.Response.Headers["X-Accel-Buffering"] = "no";
            // Loaded after the stream was entered: a change that chat does not tell is heard.
            if (!await memberships.LoadAsync(stream.Person, context.Request.Headers.Authorization.ToString()))
                stream.End(StreamEnd.MembersUnavailable);
            await stream.WriteToAsync(context.Response.BodyWriter, context.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            // The client must see a stream that broke, not one that ended well.
            context.Abort();
        }
        finally
        {
            streams.Close(stream);
        }

        return TypedResults.Empty;
    }

    private static DateTimeOffset ExpiryOf(ClaimsPrincipal user) =>
        DateTimeOffset.FromUnixTimeSeconds(long.Parse(user.FindFirstValue("exp")!, CultureInfo.InvariantCulture));
}
