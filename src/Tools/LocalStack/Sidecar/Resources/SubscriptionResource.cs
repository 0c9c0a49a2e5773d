namespace ChatApp.LocalStack.Sidecar.Resources;

/// <summary>A declarative subscription, of both versions: v1alpha1 has one route, v2alpha1 has rules.</summary>
internal sealed class SubscriptionResource
{
    public string ApiVersion { get; set; } = "";
    public string Kind { get; set; } = "";
    public ResourceName Metadata { get; set; } = new();
    public List<string>? Scopes { get; set; }
    public SubscriptionSpec Spec { get; set; } = new();

    public bool IsFor(string appId) => Scopes is not { Count: > 0 } || Scopes.Contains(appId);
}

internal sealed class SubscriptionSpec
{
    public string Pubsubname { get; set; } = "";
    public string Topic { get; set; } = "";
    public string? Route { get; set; }
    public SubscriptionRoutes? Routes { get; set; }
    public Dictionary<string, string>? Metadata { get; set; }
    public string? DeadLetterTopic { get; set; }
    public BulkSubscribe? BulkSubscribe { get; set; }
}

internal sealed class SubscriptionRoutes
{
    public List<SubscriptionRule>? Rules { get; set; }
    public string? Default { get; set; }
}

internal sealed class SubscriptionRule
{
    public string Match { get; set; } = "";
    public string Path { get; set; } = "";
}

internal sealed record BulkSubscribe
{
    public bool Enabled { get; set; }
    public int MaxMessagesCount { get; set; }
    public int MaxAwaitDurationMs { get; set; }

    /// <summary>With the component's own values where nothing sensible is given.</summary>
    public BulkSubscribe Or(int maxMessagesCount, int maxAwaitDurationMs) => this with
    {
        MaxMessagesCount = MaxMessagesCount > 0 ? MaxMessagesCount : maxMessagesCount,
        MaxAwaitDurationMs = MaxAwaitDurationMs > 0 ? MaxAwaitDurationMs : maxAwaitDurationMs
    };
}
