using System.Security.Claims;
using Microsoft.AspNetCore.Http;

namespace ChatApp.Platform.Tokens;

/// <summary>The signed-in user and session, bound straight into an endpoint's parameters.</summary>
public readonly record struct CurrentUser(Guid Id, Guid SessionId)
{
    /// <summary>For routes that require authorization: the claims are there, or the request never came this far.</summary>
    public static ValueTask<CurrentUser> BindAsync(HttpContext context) => ValueTask.FromResult(From(context.User));

    public static CurrentUser From(ClaimsPrincipal user) =>
        new(Guid.Parse(user.FindFirstValue("sub")!), Guid.Parse(user.FindFirstValue("sid")!));
}
