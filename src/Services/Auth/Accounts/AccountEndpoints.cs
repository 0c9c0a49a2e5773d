using System.ComponentModel.DataAnnotations;
using ChatApp.Auth.Sessions;
using ChatApp.Platform;
using ChatApp.Platform.Database;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChatApp.Auth.Accounts;

/// <summary>
/// Signing up says who has an account already, because a newcomer must know that a name is taken. Log-in must not say it. So whoever wants to find out who is
/// here has to sign up, which costs them an account and us a password hash: the place for a limit per address.
/// </summary>
internal static class AccountEndpoints
{
    public static void AddAccounts(this WebApplicationBuilder builder)
    {
        builder.Services.AddOptions<PasswordOptions>().BindConfiguration(PasswordOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton<PasswordHasher>();
        builder.Services.AddSingleton<AccountStore>();
        builder.Services.AddSingleton<ISeed, AccountSeed>();
    }

    public static void MapAccounts(this IEndpointRouteBuilder app) =>
        app.MapPost("/auth/register", Register)
            .AllowAnonymous()
            .WithTags("Accounts")
            .WithName("Register")
            .WithSummary("Make an account and sign in")
            .WithDescription("Says 409 when the e-mail address (`email_taken`) or the user name (`username_taken`) is somebody's already.")
            .ProducesValidationProblem()
            .ProducesProblem(StatusCodes.Status409Conflict)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);

    private static async Task<Results<Created<SignedIn>, ProblemHttpResult>> Register(
        Register request, HttpContext context, AccountStore accounts, PasswordHasher passwords, SessionOpener sessions, TimeProvider time, CancellationToken ct)
    {
        if (WeaknessOf(request) is { } weakness)
            return Problem.Invalid("password", weakness);
        if (await passwords.HashAsync(request.Password, ct) is not { } hash)
            return Busy.Answer(context);

        var account = new Account(Guid.CreateVersion7(), request.Email, request.Username, hash, AccountStatus.Active, time.GetUtcNow());
        var (session, signedIn) = sessions.Open(account, Device.Of(context, request.DeviceName));

        return await accounts.RegisterAsync(account, request.DisplayName ?? request.Username, session, ct) switch
        {
            Registration.Done => TypedResults.Created($"/users/{account.Id}", signedIn),
            Registration.EmailTaken => Problem.Conflict("email_taken", "There is an account with this e-mail address."),
            Registration.UsernameTaken => Problem.Conflict("username_taken", "Somebody else has this user name."),
        };
    }

    private static string? WeaknessOf(Register request)
    {
        if (CommonPasswords.Contains(request.Password))
            return "This password is among the most common ones: choose another.";

        return Same(request.Password, request.Email) || Same(request.Password, request.Username)
            ? "The password must differ from the e-mail address and the user name."
            : null;

        static bool Same(string a, string b) => string.Equals(a, b, StringComparison.OrdinalIgnoreCase);
    }
}

/// <param name="Email">The address to sign in with.</param>
/// <param name="Username">Unique whatever its case, and fixed.</param>
/// <param name="Password">At least 8 characters of any kind.</param>
/// <param name="DisplayName">What others see; the user name when absent.</param>
/// <param name="DeviceName">What the session is called in the list of sessions.</param>
public sealed record Register(
    [Required, StringLength(254), RegularExpression(Register.EmailPattern, ErrorMessage = "This is not an e-mail address.")] string Email,
    [Required, RegularExpression("^[A-Za-z0-9_.]{3,32}$", ErrorMessage = "3 to 32 letters, digits, dots and underscores.")] string Username,
    [Required, StringLength(128, MinimumLength = 8)] string Password,
    [StringLength(64), RegularExpression(@"^\S(.*\S)?$", ErrorMessage = "One line that does not begin or end with a space.")] string? DisplayName,
    [StringLength(100)] string? DeviceName)
{
    /// <summary>What nearly every address looks like; whether it exists, only a letter to it shows.</summary>
    internal const string EmailPattern = @"^[^\s@<>()\[\]\\,;:""]{1,64}@[^\s@<>()\[\]\\,;:""]+\.[^\s@<>()\[\]\\,;:"".]{2,}$";
}
