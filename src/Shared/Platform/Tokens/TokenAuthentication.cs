using System.Net.Http.Headers;
using Dapr.Client;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace ChatApp.Platform.Tokens;

/// <summary>
/// Every service checks the caller's access token itself, with the keys that <c>auth</c> publishes. Keys are asked for through the sidecar, kept, and asked
/// for again when a token names an unknown one. Deny first: a route without a policy of its own needs a signed-in user.
/// </summary>
internal static class TokenAuthentication
{
    private const string KeysPath = "http://auth/.well-known/jwks.json";

    public static void AddTokenAuthentication(this WebApplicationBuilder builder)
    {
        builder.Services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer(options =>
        {
            options.MapInboundClaims = false;
            options.TokenValidationParameters = new TokenValidationParameters
            {
                ValidIssuer = AccessTokens.Issuer,
                ValidAudience = AccessTokens.Audience,
                ValidTypes = [AccessTokens.TokenType],
                ValidAlgorithms = [SecurityAlgorithms.EcdsaSha256],
                ClockSkew = TimeSpan.FromSeconds(5),
            };
        });
        // Authentication brings a key store for cookies, which would write a key into the home folder at start; nothing here has cookies.
        foreach (var keyStore in builder.Services.Where(service => service.ImplementationType?.Name == "DataProtectionHostedService").ToList())
            builder.Services.Remove(keyStore);

        builder.Services.AddSingleton<VerifiedTokens>();
        builder.Services.AddOptions<JwtBearerOptions>(JwtBearerDefaults.AuthenticationScheme).Configure<DaprClient, VerifiedTokens>((options, dapr, verified) =>
        {
            options.Events = RememberIn(verified);
            options.ConfigurationManager = new ConfigurationManager<OpenIdConnectConfiguration>(
                KeysPath,
                new KeySetReader(),
                new HttpDocumentRetriever(dapr.CreateInvokableHttpClient("auth")) { RequireHttps = false })
            {
                AutomaticRefreshInterval = TimeSpan.FromMinutes(5),
                RefreshInterval = TimeSpan.FromSeconds(5),
            };
        });

        builder.Services.AddAuthorizationBuilder()
            .SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAuthenticatedUser().RequireClaim("sub").RequireClaim("sid").Build());
    }

    private static JwtBearerEvents RememberIn(VerifiedTokens verified) => new()
    {
        OnMessageReceived = context =>
        {
            if (AuthenticationHeaderValue.TryParse(context.Request.Headers.Authorization, out var given)
                && given is { Scheme: JwtBearerDefaults.AuthenticationScheme, Parameter: { Length: > 0 } token }
                && verified.Find(token) is { } principal)
            {
                context.Principal = principal;
                context.Success();
            }

            return Task.CompletedTask;
        },
        OnTokenValidated = context =>
        {
            if (context is { SecurityToken: JsonWebToken token, Principal: { } principal })
                verified.Add(token.EncodedToken, principal, token.ValidTo);
            return Task.CompletedTask;
        },
    };

    private sealed class KeySetReader : IConfigurationRetriever<OpenIdConnectConfiguration>
    {
        public async Task<OpenIdConnectConfiguration> GetConfigurationAsync(string address, IDocumentRetriever retriever, CancellationToken cancel)
        {
            var configuration = new OpenIdConnectConfiguration { Issuer = AccessTokens.Issuer };
            foreach (var key in new JsonWebKeySet(await retriever.GetDocumentAsync(address, cancel)).GetSigningKeys())
                configuration.SigningKeys.Add(key);

            return configuration;
        }
    }
}
