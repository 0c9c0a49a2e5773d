using Microsoft.AspNetCore.Http.HttpResults;

namespace ChatApp.Auth.Keys;

internal static class KeyEndpoints
{
    public static void AddKeys(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<SigningKeyStore>();
        builder.Services.AddSingleton<KeyRing>();
        builder.Services.AddHostedService(services => services.GetRequiredService<KeyRing>());
        builder.Services.AddSingleton<AccessTokenIssuer>();
    }

    public static void MapKeys(this IEndpointRouteBuilder app) =>
        app.MapGet("/.well-known/jwks.json", List)
            .AllowAnonymous()
            .WithTags("Keys")
            .WithName("Keys")
            .WithSummary("The public keys of access tokens")
            .WithDescription("A JSON Web Key Set (RFC 7517). New keys are in it a day before they sign.");

    private static Ok<KeySet> List(KeyRing keys, HttpResponse response)
    {
        response.Headers.CacheControl = "public, max-age=300";
        return TypedResults.Ok(new KeySet(keys.Published));
    }
}

internal sealed record KeySet(IReadOnlyList<PublicKey> Keys);
