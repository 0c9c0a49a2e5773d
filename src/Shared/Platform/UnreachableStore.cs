using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Logging;
using MongoDB.Driver;
using Npgsql;

namespace ChatApp.Platform;

/// <summary>A database that is away comes back: that is no fault of the program, and the client may ask again.</summary>
internal sealed class UnreachableStore(IProblemDetailsService problems, ILogger<UnreachableStore> logger) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext context, Exception exception, CancellationToken ct)
    {
        if (!IsAway(exception))
            return false;

        logger.LogWarning("{Path} is answered with 503, the database is away: {Reason}", context.Request.Path, exception.Message);
        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        context.Response.Headers.RetryAfter = "1";
        return await problems.TryWriteAsync(new ProblemDetailsContext
        {
            HttpContext = context,
            ProblemDetails = new ProblemDetails { Status = StatusCodes.Status503ServiceUnavailable, Detail = "The database can't be reached right now. Try again." },
        });
    }

    /// <summary>Drivers try again themselves where that is safe; this is what is left. The driver of MongoDB says by a time-out that it has found no server.</summary>
    private static bool IsAway(Exception exception) => exception
        is MongoConnectionException or MongoConnectionPoolPausedException or MongoNotPrimaryException or MongoNodeIsRecoveringException
        or TimeoutException { Source: "MongoDB.Driver" }
        or NpgsqlException { IsTransient: true };
}
