using System.Text.Json;
using ChatApp.Gateway.Forwarding;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace ChatApp.Gateway.Home;

internal static class HomeEndpoints
{
    public static void MapHome(this WebApplication app) => app
        .MapGet($"{PublicRoutes.ApiPrefix}/home", Home)
        .WithTags("gateway")
        .WithName("home")
        .WithSummary("The first screen: me, my conversations, unread counts and notifications")
        .WithDescription("The parts are asked for at the same time. One that is down or slow is null and named in `partial`; the others still answer.")
        .ProducesProblem(StatusCodes.Status401Unauthorized);

    private static async Task<Ok<HomeScreen>> Home(HttpRequest request, Sidecar sidecar, IOptions<Deadlines> deadlines, CancellationToken ct)
    {
        var authorization = request.Headers.Authorization.ToString();
        var parts = await Task.WhenAll(
            AskAsync(PublicRoutes.User, "/me"),
            AskAsync(PublicRoutes.Chat, "/conversations?limit=20"),
            AskAsync(PublicRoutes.Notification, "/notifications?limit=20"),
            AskAsync(PublicRoutes.Notification, "/notifications/unread-count"));

        var (me, conversations, notifications, unread) = (parts[0].Answer, parts[1].Answer, parts[2].Answer, parts[3].Answer);
        return TypedResults.Ok(new HomeScreen(
            me,
            conversations,
            UnreadCounts.Of(conversations, unread),
            notifications,
            [.. parts.Where(part => part.Answer is null).Select(part => part.App).Distinct()]));

        async Task<(string App, JsonElement? Answer)> AskAsync(string service, string path) =>
            (service, await sidecar.TryGetJsonAsync(service, path, authorization, deadlines.Value.Part, ct));
    }
}
