namespace ChatApp.LocalStack.Sidecar.Resources;

internal sealed class ConfigurationResource
{
    public string ApiVersion { get; set; } = "";
    public string Kind { get; set; } = "";
    public ResourceName Metadata { get; set; } = new();
    public ConfigurationSpec Spec { get; set; } = new();
}

internal sealed class ConfigurationSpec
{
    public TracingSpec? Tracing { get; set; }
    public EnabledSpec? Metrics { get; set; }
    public EnabledSpec? Metric { get; set; }
    public EnabledSpec? Mtls { get; set; }
    public NameResolutionSpec? NameResolution { get; set; }
    public SecretsSpec? Secrets { get; set; }
    public AccessControlSpec? AccessControl { get; set; }
    public LoggingSpec? Logging { get; set; }
    public List<FeatureSpec>? Features { get; set; }
}

internal sealed class TracingSpec
{
    public string? SamplingRate { get; set; }
    public OtelSpec? Otel { get; set; }
    public ZipkinSpec? Zipkin { get; set; }
}

internal sealed class OtelSpec
{
    public string? EndpointAddress { get; set; }
    public bool? IsSecure { get; set; }
    public string? Protocol { get; set; }
}

internal sealed class ZipkinSpec
{
    public string? EndpointAddress { get; set; }
}

internal sealed class EnabledSpec
{
    public bool Enabled { get; set; }
}

internal sealed class NameResolutionSpec
{
    public string? Component { get; set; }
    public string? Version { get; set; }
    public Dictionary<string, string>? Configuration { get; set; }
}

internal sealed class FeatureSpec
{
    public string Name { get; set; } = "";
    public bool Enabled { get; set; }
}

internal sealed class LoggingSpec
{
    public ApiLoggingSpec? ApiLogging { get; set; }
}

internal sealed class ApiLoggingSpec
{
    public bool Enabled { get; set; }

    [YamlDotNet.Serialization.YamlMember(Alias = "obfuscateURLs", ApplyNamingConventions = false)]
    public bool ObfuscateUrls { get; set; }

    public bool OmitHealthChecks { get; set; }
}

internal sealed class SecretsSpec
{
    public List<SecretsScope> Scopes { get; set; } = [];
}

internal sealed class SecretsScope
{
    public string StoreName { get; set; } = "";
    public string? DefaultAccess { get; set; }
    public List<string>? AllowedSecrets { get; set; }
    public List<string>? DeniedSecrets { get; set; }
}

internal sealed class AccessControlSpec
{
    public string? DefaultAction { get; set; }
    public string? TrustDomain { get; set; }
    public List<AccessControlPolicy>? Policies { get; set; }
}

internal sealed class AccessControlPolicy
{
    public string AppId { get; set; } = "";
    public string? DefaultAction { get; set; }
    public string TrustDomain { get; set; } = "";
    public string Namespace { get; set; } = "";
    public List<AccessControlOperation>? Operations { get; set; }
}

internal sealed class AccessControlOperation
{
    public string Name { get; set; } = "";
    public List<string>? HttpVerb { get; set; }
    public string? Action { get; set; }
}
