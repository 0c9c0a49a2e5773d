using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace ChatApp.Platform;

/// <summary>Gives every error that no endpoint made itself, bare 401s and 404s and unreadable bodies included, the same form.</summary>
internal static partial class ProblemDefaults
{
    public static IServiceCollection AddProblemDefaults(this IServiceCollection services) => services
        .AddProblemDetails(options => options.CustomizeProblemDetails = context =>
        {
            var problem = context.ProblemDetails;
            if (!problem.Extensions.ContainsKey("code"))
                problem.Extensions["code"] = CodeOf(problem.Status ?? context.HttpContext.Response.StatusCode);
            if (problem is HttpValidationProblemDetails validation)
                validation.Errors = validation.Errors.ToDictionary(error => FieldOf(error.Key), error => error.Value);
        })
        .AddExceptionHandler<UnreadableRequest>()
        .AddExceptionHandler<UnreachableStore>()
        .Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);

    /// <summary>A field as the client knows it: <c>Items[0].Name</c> is <c>items[0].name</c> in the body.</summary>
    private static string FieldOf(string property) => string.Join('.', property.Split('.').Select(JsonNamingPolicy.CamelCase.ConvertName));

    private static string CodeOf(int status) => status switch
    {
        StatusCodes.Status400BadRequest => "invalid_request",
        StatusCodes.Status401Unauthorized => "unauthenticated",
        StatusCodes.Status403Forbidden => "forbidden",
        StatusCodes.Status404NotFound => "not_found",
        StatusCodes.Status405MethodNotAllowed => "method_not_allowed",
        StatusCodes.Status413PayloadTooLarge => "too_large",
        StatusCodes.Status415UnsupportedMediaType => "unsupported_media_type",
        StatusCodes.Status429TooManyRequests => "too_many_requests",
        StatusCodes.Status503ServiceUnavailable => "unavailable",
        >= 500 => "internal",
        _ => "error",
    };

    [GeneratedRegex("""parameter "[^"]* (?<name>\w+)" """)]
    private static partial Regex ParameterInMessage();

    /// <summary>A body or parameter that can't be read is the client's error, and the answer names the field where the reader knows it.</summary>
    private sealed class UnreadableRequest(IProblemDetailsService problems) : IExceptionHandler
    {
        public async ValueTask<bool> TryHandleAsync(HttpContext context, Exception exception, CancellationToken ct)
        {
            if (exception is not BadHttpRequestException bad)
                return false;

            context.Response.StatusCode = bad.StatusCode;
            var problem = UnreadableFieldOf(bad) is { Length: > 0 } field
                ? new HttpValidationProblemDetails { Errors = { [field] = ["The value is not of the expected form."] } }
                : new ProblemDetails();
            problem.Status = bad.StatusCode;
            problem.Detail = "The request can't be read.";
            return await problems.TryWriteAsync(new ProblemDetailsContext { HttpContext = context, ProblemDetails = problem });
        }

        /// <summary>Of a parameter, only the framework's message says which it was.</summary>
        private static string UnreadableFieldOf(BadHttpRequestException bad) => bad.InnerException is JsonException { Path: { } path }
            ? path.TrimStart('$', '.')
            : ParameterInMessage().Match(bad.Message).Groups["name"].Value;
    }
}
