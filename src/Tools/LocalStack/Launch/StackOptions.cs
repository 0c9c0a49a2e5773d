namespace ChatApp.LocalStack.Launch;

/// <summary>Where a local stack lives and what it may use.</summary>
/// <param name="Repository">The folder with <c>dapr.yaml</c>.</param>
/// <param name="State">Data, logs and secrets of this stack; a stack of a test's own has a folder of its own.</param>
/// <param name="FreePorts">True to take ports that are free now in place of those of <c>dapr.yaml</c>, so that several stacks run side by side.</param>
public sealed record StackOptions(string Repository, string State, bool FreePorts = false)
{
    /// <summary>The MongoDB engine's programs, which all stacks of a repository share.</summary>
    public string Engine => Path.Combine(Repository, ".local", "documentdb");

    public string Logs => Path.Combine(State, "logs");

    /// <summary>A server to use in place of an own one: <c>CHATAPP_POSTGRES</c>, an administrator's connection string.</summary>
    public string? Postgres { get; init; } = Environment.GetEnvironmentVariable("CHATAPP_POSTGRES");

    /// <summary>A server to use in place of an own one: <c>CHATAPP_MONGO</c>, a mongodb:// address.</summary>
    public string? Mongo { get; init; } = Environment.GetEnvironmentVariable("CHATAPP_MONGO");

    /// <summary>How many processes of each service run. The first has the ports of <c>dapr.yaml</c>, the others free ones.</summary>
    public int Replicas { get; init; } = 1;

    /// <summary>The share of deliveries that the sidecar makes twice, from 0 to 1: at least once is all that is promised.</summary>
    public double DuplicateShare { get; init; }

    /// <summary>The share of deliveries that the sidecar holds back for a moment, so that those of other keys pass them.</summary>
    public double LateShare { get; init; }

    /// <summary>The broker to use in place of the one that <c>dapr.yaml</c> names: <c>CHATAPP_BROKER</c>, or <c>--broker</c>.</summary>
    public string? Broker { get; init; } = Environment.GetEnvironmentVariable("CHATAPP_BROKER") is { Length: > 0 } broker ? broker : null;

    /// <summary>The compiled stand-ins.</summary>
    public string Program => Path.Combine(Repository, "artifacts", "bin", "LocalStack", "release", "ChatApp.LocalStack.dll");

    public static StackOptions Default(string repository) => new(repository, Path.Combine(repository, ".local"));
}
