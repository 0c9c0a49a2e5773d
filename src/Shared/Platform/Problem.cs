using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChatApp.Platform;

/// <summary>Error answers: problem documents (RFC 9457) with a stable <c>code</c> that a client can act on.</summary>
public static class Problem
{
    public static ProblemHttpResult NotFound(string code, string detail) => Of(StatusCodes.Status404NotFound, code, detail);

    public static ProblemHttpResult Conflict(string code, string detail) => Of(StatusCodes.Status409Conflict, code, detail);

    public static ProblemHttpResult Forbidden(string code, string detail) => Of(StatusCodes.Status403Forbidden, code, detail);

    public static ProblemHttpResult Unauthorized(string code, string detail) => Of(StatusCodes.Status401Unauthorized, code, detail);

    /// <summary>A 503 that says when to ask again.</summary>
    public static ProblemHttpResult Unavailable(HttpResponse response, string code, string detail)
    {
        response.Headers.RetryAfter = "1";
        return Of(StatusCodes.Status503ServiceUnavailable, code, detail);
    }

    /// <summary>A 400 that names the field.</summary>
    public static ProblemHttpResult Invalid(string field, string detail) => Invalid(new Dictionary<string, string[]> { [field] = [detail] }, detail);

    /// <summary>A 400 that names the fields, and what is wrong with each.</summary>
    public static ProblemHttpResult Invalid(IReadOnlyDictionary<string, string[]> errors, string? detail = null) => TypedResults.Problem(
        statusCode: StatusCodes.Status400BadRequest,
        detail: detail,
        extensions: new Dictionary<string, object?> { ["code"] = "invalid_request", ["errors"] = errors });

    public static ProblemHttpResult Of(int status, string code, string detail) => TypedResults.Problem(
        statusCode: status,
        detail: detail,
        extensions: new Dictionary<string, object?> { ["code"] = code });
}
