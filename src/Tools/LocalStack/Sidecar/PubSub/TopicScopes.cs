namespace ChatApp.LocalStack.Sidecar.PubSub;

/// <summary>Which topics an app may use on a component. An app that is listed has only its list; one that is not has all but the protected.</summary>
internal sealed class TopicScopes(IReadOnlyDictionary<string, string> metadata, string appId)
{
    private readonly string[]? _publishing = Of(metadata.GetValueOrDefault("publishingScopes"), appId);
    private readonly string[]? _subscription = Of(metadata.GetValueOrDefault("subscriptionScopes"), appId);
    private readonly string[] _allowed = List(metadata.GetValueOrDefault("allowedTopics"));
    private readonly string[] _protected = List(metadata.GetValueOrDefault("protectedTopics"));

    public bool MayPublish(string topic) => May(topic, _publishing);

    public bool MaySubscribe(string topic) => May(topic, _subscription);

    private bool May(string topic, string[]? scope) =>
        (_allowed.Length == 0 || _allowed.Contains(topic))
        && (scope is null ? !_protected.Contains(topic) : scope.Contains(topic));

    private static string[]? Of(string? scopes, string appId) =>
        (scopes ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        .Select(scope => scope.Split('=', 2))
        .Where(pair => pair[0].Trim() == appId)
        .Select(pair => List(pair.ElementAtOrDefault(1)))
        .LastOrDefault();

    private static string[] List(string? topics) =>
        (topics ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
