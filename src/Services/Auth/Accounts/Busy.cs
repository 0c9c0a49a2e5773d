using ChatApp.Platform;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChatApp.Auth.Accounts;

/// <summary>The answer while too many passwords wait to be hashed.</summary>
internal static class Busy
{
    public static ProblemHttpResult Answer(HttpContext context) =>
        Problem.Unavailable(context.Response, "busy", "Too many people sign in at this moment. Try again in a second.");
}
