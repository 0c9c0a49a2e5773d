using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace ChatApp.Platform.Tokens;

/// <summary>
/// A service takes calls only from its own sidecar, which proves itself by the app API token
/// (<see href="https://docs.dapr.io/operations/security/app-api-token/"/>). Deny first: only health is open.
/// </summary>
internal static class AppToken
{
    private const string Header = "dapr-api-token";

    private sealed record Secret(byte[] Token);

    public static void AddAppToken(this WebApplicationBuilder builder) => builder.Services.AddSingleton(
        services => new Secret(Encoding.UTF8.GetBytes(services.GetRequiredService<IConfiguration>().Required("APP_API_TOKEN"))));

    /// <summary>Before it serves, not with the first call: only a command goes without.</summary>
    /// <exception cref="StartupException">The token is not set.</exception>
    public static WebApplication RequireAppToken(this WebApplication app)
    {
        _ = app.Services.GetRequiredService<Secret>();
        return app;
    }

    public static void UseAppToken(this WebApplication app, bool openToClients)
    {
        var secret = new Lazy<Secret>(app.Services.GetRequiredService<Secret>);

        app.Use(async (context, next) =>
        {
            if (IsOpen(context.Request.Path, openToClients) || Matches(context.Request.Headers[Header].ToString(), secret.Value.Token))
                await next(context);
            else
                await Problem.Unauthorized("app_token_required", "Calls to this service come through its sidecar.").ExecuteAsync(context);
        });
    }

    private static bool IsOpen(PathString path, bool openToClients) => openToClients
        ? !path.StartsWithSegments("/events") && !path.StartsWithSegments("/dapr")
        : path.StartsWithSegments("/health");

    private static bool Matches(string given, byte[] token) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), token);
}
