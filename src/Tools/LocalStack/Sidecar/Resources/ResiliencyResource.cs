namespace ChatApp.LocalStack.Sidecar.Resources;

internal sealed class ResiliencyResource
{
    public string ApiVersion { get; set; } = "";
    public string Kind { get; set; } = "";
    public ResourceName Metadata { get; set; } = new();
    public List<string>? Scopes { get; set; }
    public ResiliencySpec Spec { get; set; } = new();

    public bool IsFor(string appId) => Scopes is not { Count: > 0 } || Scopes.Contains(appId);
}

internal sealed class ResiliencySpec
{
    public PolicySpecs Policies { get; set; } = new();
    public TargetSpecs Targets { get; set; } = new();
}

internal sealed class PolicySpecs
{
    public Dictionary<string, string> Timeouts { get; set; } = [];
    public Dictionary<string, RetrySpec> Retries { get; set; } = [];
    public Dictionary<string, CircuitBreakerSpec> CircuitBreakers { get; set; } = [];
}

internal sealed class RetrySpec
{
    public string? Policy { get; set; }
    public string? Duration { get; set; }
    public string? MaxInterval { get; set; }
    public int? MaxRetries { get; set; }
    public RetryMatching? Matching { get; set; }
}

internal sealed class RetryMatching
{
    public string? HttpStatusCodes { get; set; }

    [YamlDotNet.Serialization.YamlMember(Alias = "gRPCStatusCodes", ApplyNamingConventions = false)]
    public string? GrpcStatusCodes { get; set; }
}

internal sealed class CircuitBreakerSpec
{
    public int? MaxRequests { get; set; }
    public string? Interval { get; set; }
    public string? Timeout { get; set; }
    public string? Trip { get; set; }
}

internal sealed class TargetSpecs
{
    public Dictionary<string, PolicyNames> Apps { get; set; } = [];
    public Dictionary<string, ComponentPolicyNames> Components { get; set; } = [];
}

internal sealed class PolicyNames
{
    public string? Timeout { get; set; }
    public string? Retry { get; set; }
    public string? CircuitBreaker { get; set; }
    public int? CircuitBreakerCacheSize { get; set; }
}

internal sealed class ComponentPolicyNames
{
    public PolicyNames? Inbound { get; set; }
    public PolicyNames? Outbound { get; set; }
}
