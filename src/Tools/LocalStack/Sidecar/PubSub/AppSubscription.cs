using System.Text.Json;
using System.Text.RegularExpressions;
using ChatApp.LocalStack.Sidecar.Resources;

namespace ChatApp.LocalStack.Sidecar.PubSub;

/// <summary>One topic that an app hears, and where its messages go.</summary>
/// <param name="Bulk">Null where each message is delivered on its own.</param>
internal sealed partial record AppSubscription(
    string PubSub, string Topic, IReadOnlyList<Route> Routes, IReadOnlyDictionary<string, string> Metadata, string? DeadLetterTopic,
    BulkSubscribe? Bulk, bool Declarative)
{
    public bool IsRaw { get; } = bool.TryParse(Metadata.GetValueOrDefault("rawPayload"), out var raw) && raw;

    /// <summary>The first route that takes this type of event; null when none does.</summary>
    public string? PathFor(string? eventType) => Routes.FirstOrDefault(route => route.EventType is null || route.EventType == eventType)?.Path;

    /// <summary>Null for an entry without any route, which Dapr drops.</summary>
    public static AppSubscription? From(SubscriptionSpec spec, bool declarative)
    {
        var where = $"Subscription of {spec.Pubsubname}/{spec.Topic}";

        var routes = (spec.Routes?.Rules ?? []).Select(rule => new Route(rule.Match, EventType(where, rule.Match), Rooted(rule.Path))).ToList();

        if ((spec.Routes?.Default ?? spec.Route) is { Length: > 0 } byDefault)
            routes.Add(new Route("", null, Rooted(byDefault)));

        return routes.Count == 0
            ? null
            : new AppSubscription(
                spec.Pubsubname, spec.Topic, routes, spec.Metadata ?? [], Filled(spec.DeadLetterTopic),
                spec.BulkSubscribe is { Enabled: true } bulk ? bulk : null, declarative);
    }

    private static string? EventType(string where, string match)
    {
        if (match.Length == 0)
            return null;

        return ByType().Match(match) is { Success: true } type
            ? type.Groups[2].Value
            : throw new ResourceException($"{where}: the rule {JsonSerializer.Serialize(match)} is not supported, only event.type == \"...\".");
    }

    private static string Rooted(string path) => path.StartsWith('/') ? path : "/" + path;

    private static string? Filled(string? text) => string.IsNullOrEmpty(text) ? null : text;

    [GeneratedRegex("""^\s*event\.type\s*==\s*(["'])([^"'\\]*)\1\s*$""")]
    private static partial Regex ByType();
}

/// <summary>A path of the app, for one type of event or (null) for all that no earlier route takes.</summary>
internal sealed record Route(string Match, string? EventType, string Path);
