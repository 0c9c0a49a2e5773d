namespace ChatApp.Gateway.Forwarding;

/// <summary>
/// Which service answers which public path. Deny first: a path that is not here is not there, whatever routes a service has.
/// </summary>
internal static class PublicRoutes
{
    public const string ApiPrefix = "/api";
    public const string KeySet = "/.well-known/jwks.json";
    public const string Auth = "auth", User = "user", Chat = "chat", Notification = "notification";

    public static readonly string[] Apps = [Auth, User, Chat, Notification];

    public static readonly string[] Methods =
        [HttpMethods.Get, HttpMethods.Post, HttpMethods.Put, HttpMethods.Patch, HttpMethods.Delete];

    /// <summary>The service's own path is the public one without <see cref="ApiPrefix"/>.</summary>
    public static readonly (string Prefix, string App)[] Forwarded =
    [
        ("/auth", Auth),
        ("/me", User),
        ("/users", User),
        ("/friends", User),
        ("/friend-requests", User),
        ("/blocks", User),
        ("/settings", User),
        ("/conversations", Chat),
        ("/sync", Chat),
        ("/notifications", Notification),
        ("/notification-preferences", Notification),
    ];

    /// <summary>The public address of a service's path; null when it has none.</summary>
    public static string? PublicPath(string app, string path)
    {
        if (app == Auth && path == KeySet)
            return path;

        return Forwarded.Any(route => route.App == app && new PathString(path).StartsWithSegments(route.Prefix)) ? ApiPrefix + path : null;
    }
}
