using System.Reflection;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Infrastructure;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;

namespace ChatApp.Architecture.Tests;

public sealed class RouteTests(RunningServices services) : IClassFixture<RunningServices>
{
    /// <summary>What anybody may call. A route is added here on purpose, or it needs a signed-in user. Events and <c>/dapr</c> need the app token.</summary>
    private static readonly string[] Open =
    [
        "auth GET /.well-known/jwks.json",
        "auth POST /auth/login",
        "auth POST /auth/logout",
        "auth POST /auth/refresh",
        "auth POST /auth/register",
        "gateway GET /openapi/v1.json",
    ];

    private static readonly string[] OpenByPlatform = ["/health/", "/openapi/{documentName}.json", "/dapr/", "/events/"];

    [Fact]
    public void A_route_without_a_decision_of_its_own_needs_a_signed_in_user() =>
        Assert.All(services.All, service => Assert.Contains(service.FallbackPolicy!.Requirements, requirement => requirement is DenyAnonymousAuthorizationRequirement));

    [Fact]
    public void Only_what_is_listed_is_open_to_anybody() =>
        Assert.Equal(
            Open,
            services.All
                .SelectMany(service => service.Routes
                    .Where(route => route.Metadata.GetMetadata<IAllowAnonymous>() is not null && !IsForwarded(service, route) && !IsOfPlatform(route))
                    .SelectMany(route => Names(service, route)))
                .Distinct()
                .Order(StringComparer.Ordinal));

    [Fact]
    public void Every_route_of_the_api_has_a_summary() =>
        Assert.Empty(services.All.SelectMany(service => service.Routes
            .Where(route => IsDescribed(route) && route.Metadata.GetMetadata<IEndpointSummaryMetadata>() is null)
            .SelectMany(route => Names(service, route))));

    /// <summary>Validation passes over types that are not public, without a word.</summary>
    [Fact]
    public void What_a_client_sends_is_validated_because_it_is_public() =>
        Assert.DoesNotContain(services.All.SelectMany(service => service.Routes.SelectMany(RequestTypes)), type => !type.IsVisible);

    [Fact]
    public void Nothing_else_of_a_service_is_public()
    {
        var requests = services.All.SelectMany(service => service.Routes.SelectMany(RequestTypes)).SelectMany(WithParts).ToHashSet();

        Assert.Empty(Assemblies.Services.SelectMany(service => service.Written())
            .Where(type => type.IsPublic && type.Name != "Program" && !requests.Contains(type))
            .Select(type => type.FullName));
    }

    private static bool IsDescribed(RouteEndpoint route) =>
        route.Metadata.GetMetadata<IExcludeFromDescriptionMetadata>()?.ExcludeFromDescription != true && !IsOfPlatform(route);

    private static bool IsOfPlatform(RouteEndpoint route) =>
        OpenByPlatform.Any(prefix => $"/{route.RoutePattern.RawText?.TrimStart('/')}".StartsWith(prefix, StringComparison.Ordinal));

    /// <summary>The gateway's routes that stand for a service's: they are open, and what is behind them is not.</summary>
    private static bool IsForwarded(RunningService service, RouteEndpoint route) =>
        service.AppId == "gateway" && !IsDescribed(route) && route.RoutePattern.RawText is not "/openapi/v1.json";

    private static IEnumerable<string> Names(RunningService service, RouteEndpoint route) =>
        (route.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["*"])
            .Select(method => $"{service.AppId} {method} /{route.RoutePattern.RawText?.Trim('/')}");

    /// <summary>Bodies, and records that are made of the query.</summary>
    private static IEnumerable<Type> RequestTypes(RouteEndpoint route)
    {
        var parameters = route.Metadata.GetMetadata<MethodInfo>()?.GetParameters()
            .Where(parameter => parameter.IsDefined(typeof(AsParametersAttribute)))
            .Select(parameter => parameter.ParameterType) ?? [];
        return route.Metadata.GetMetadata<IAcceptsMetadata>()?.RequestType is { } body ? parameters.Append(body) : parameters;
    }

    /// <summary>A type and what it is made of.</summary>
    private static IEnumerable<Type> WithParts(Type type)
    {
        var parts = new HashSet<Type>();
        Add(type);
        return parts;

        void Add(Type part)
        {
            foreach (var argument in part.GetGenericArguments())
                Add(argument);
            if (part.Namespace?.StartsWith("ChatApp", StringComparison.Ordinal) != true || !parts.Add(part))
                return;
            foreach (var property in part.GetProperties())
                Add(property.PropertyType);
        }
    }
}
