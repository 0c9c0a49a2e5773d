using ChatApp.Platform;
using Microsoft.AspNetCore.Http.HttpResults;
using Yarp.ReverseProxy.Forwarder;

namespace ChatApp.Gateway.Forwarding;

/// <summary>What a client is told when a service gave no answer: which one, and nothing of what is behind the door.</summary>
internal static class FailedCall
{
    public static ProblemHttpResult Describe(HttpContext context, string app, ForwarderError error)
    {
        var cause = context.Features.Get<IForwarderErrorFeature>()?.Exception;
        if (FindBadRequest(cause) is { } bad)
            return Problem.Of(bad.StatusCode, bad.StatusCode == StatusCodes.Status413PayloadTooLarge ? "too_large" : "invalid_request", "The request can't be read.");

        if (error is ForwarderError.RequestTimedOut)
            return Of(StatusCodes.Status504GatewayTimeout, "service_timeout", app, $"The {app} service did not answer in time. It may have done what was asked.");

        context.Response.Headers.RetryAfter = "1";
        return Of(StatusCodes.Status503ServiceUnavailable, "service_unavailable", app, $"The {app} service can't be reached right now.");
    }

    private static ProblemHttpResult Of(int status, string code, string app, string detail) => TypedResults.Problem(
        statusCode: status,
        detail: detail,
        extensions: new Dictionary<string, object?> { ["code"] = code, ["service"] = app });

    private static BadHttpRequestException? FindBadRequest(Exception? exception) => exception switch
    {
        null => null,
        BadHttpRequestException bad => bad,
        AggregateException several => several.InnerExceptions.Select(FindBadRequest).FirstOrDefault(found => found is not null),
        _ => FindBadRequest(exception.InnerException),
    };
}
