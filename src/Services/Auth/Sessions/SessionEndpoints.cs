using System.ComponentModel.DataAnnotations;
using ChatApp.Auth.Accounts;
using ChatApp.Platform;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChatApp.Auth.Sessions;

internal static class SessionEndpoints
{
    public static void AddSessions(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<Succession>();
        builder.Services.AddSingleton<SessionOpener>();
        builder.Services.AddSingleton<SessionStore>();
        builder.Services.AddHostedService<ExpiredTokens>();
    }

    public static void MapSessions(this IEndpointRouteBuilder app)
    {
        var sessions = app.MapGroup("/auth").AllowAnonymous().WithTags("Sessions").ProducesValidationProblem();

        sessions.MapPost("/login", LogIn)
            .WithName("LogIn")
            .WithSummary("Sign in with e-mail address and password")
            .WithDescription("An unknown address and a wrong password get the same answer: 401, code `invalid_credentials`.")
            .ProducesProblem(StatusCodes.Status401Unauthorized)
            .ProducesProblem(StatusCodes.Status403Forbidden)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);

        sessions.MapPost("/refresh", Refresh)
            .WithName("Refresh")
            .WithSummary("Swap a refresh token for a new pair of tokens")
            .WithDescription(
                "A refresh token is good for one refresh. Who lost the answer may ask again within 10 seconds and gets the same refresh token; later use ends the session.")
            .ProducesProblem(StatusCodes.Status401Unauthorized);

        sessions.MapPost("/logout", LogOut)
            .WithName("LogOut")
            .WithSummary("End the session of a refresh token")
            .WithDescription("Answers the same whether there was such a session or not.");
    }

    private static async Task<Results<Ok<SignedIn>, ProblemHttpResult>> LogIn(
        LogIn request, HttpContext context, AccountStore accounts, PasswordHasher passwords, SessionOpener opener, SessionStore sessions, CancellationToken ct)
    {
        var account = await accounts.FindByEmailAsync(request.Email, ct);
        var check = await passwords.CheckAsync(request.Password, account?.PasswordHash, ct);
        if (check is PasswordCheck.Busy)
            return Busy.Answer(context);
        if (account is null || check is PasswordCheck.Wrong)
            return Problem.Unauthorized("invalid_credentials", "The e-mail address or the password is wrong.");
        if (account.Status is not AccountStatus.Active)
            return Problem.Forbidden("account_disabled", "This account is disabled.");

        if (check is PasswordCheck.Outdated && await passwords.HashAsync(request.Password, ct) is { } hash)
            await accounts.ReplaceHashAsync(account, hash, ct);

        var (session, signedIn) = opener.Open(account, Device.Of(context, request.DeviceName));
        await sessions.StartAsync(session, ct);
        return TypedResults.Ok(signedIn);
    }

    private static async Task<Results<Ok<SignedIn>, ProblemHttpResult>> Refresh(
        Refresh request, SessionStore sessions, SessionOpener opener, TimeProvider time, CancellationToken ct) =>
        RefreshToken.TryParse(request.RefreshToken, out var token) && await sessions.RotateAsync(token, time.GetUtcNow(), ct) is { } continued
            ? TypedResults.Ok(opener.SignIn(continued.UserId, continued.Username, continued.SessionId, continued.Token))
            : Problem.Unauthorized("invalid_refresh_token", "This session has ended. Sign in again.");

    private static async Task<NoContent> LogOut(Refresh request, SessionStore sessions, TimeProvider time, CancellationToken ct)
    {
        if (RefreshToken.TryParse(request.RefreshToken, out var token))
            await sessions.EndAsync(token, time.GetUtcNow(), ct);

        return TypedResults.NoContent();
    }
}

/// <param name="DeviceName">What the session is called in the list of sessions.</param>
public sealed record LogIn([Required, StringLength(254)] string Email, [Required, StringLength(128)] string Password, [StringLength(100)] string? DeviceName);

public sealed record Refresh([Required, StringLength(100)] string RefreshToken);
