namespace ChatApp.LocalStack.Sidecar.Resources;

internal sealed class ResourceName
{
    public string Name { get; set; } = "";
    public string? Namespace { get; set; }
}

internal sealed class ComponentResource
{
    public string ApiVersion { get; set; } = "";
    public string Kind { get; set; } = "";
    public ResourceName Metadata { get; set; } = new();
    public ComponentAuth? Auth { get; set; }
    public List<string>? Scopes { get; set; }
    public ComponentSpec Spec { get; set; } = new();

    public bool IsFor(string appId) => Scopes is not { Count: > 0 } || Scopes.Contains(appId);
}

internal sealed class ComponentAuth
{
    public string SecretStore { get; set; } = "";
}

internal sealed class ComponentSpec
{
    public string Type { get; set; } = "";
    public string Version { get; set; } = "";
    public List<ComponentEntry> Metadata { get; set; } = [];
}

internal sealed class ComponentEntry
{
    public string Name { get; set; } = "";
    public string? Value { get; set; }
    public string? EnvRef { get; set; }
    public SecretKeyRef? SecretKeyRef { get; set; }
}

internal sealed class SecretKeyRef
{
    public string Name { get; set; } = "";
    public string? Key { get; set; }
}
