using ChatApp.Platform.Database;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Logging;
using MongoDB.Driver;
using Npgsql;

namespace ChatApp.Platform;

/// <summary>A database that is away comes back, and a full disk gets space: that is no fault of the program, and the client may ask again.</summary>
internal sealed class UnreachableStore(IProblemDetailsService problems, ILogger<UnreachableStore> logger) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext context, Exception exception, CancellationToken ct)
    {
        if (!Passes(exception))
            return false;

        logger.LogWarning("{Path} is answered with 503, the database can't do it now: {Reason}", context.Request.Path, exception.Message);
        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        context.Response.Headers.RetryAfter = "1";
        return await problems.TryWriteAsync(new ProblemDetailsContext
        {
            HttpContext = context,
            ProblemDetails = new ProblemDetails { Status = StatusCodes.Status503ServiceUnavailable, Detail = "The database can't do this right now. Try again." },
        });
    }

    /// <summary>Drivers try again themselves where that is safe; this is what is left. That no server is found, or that it does not answer, is a time-out.</summary>
    private static bool Passes(Exception exception) => exception
        is MongoConnectionException or MongoConnectionPoolPausedException or MongoNotPrimaryException or MongoNodeIsRecoveringException
        or TimeoutException
        or NpgsqlException { IsTransient: true }
        || MongoDisk.IsFull(exception);
}
