using System.Collections;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ChatApp.LocalStack.Sidecar;

/// <summary>What one process of sidecars serves: the file that is given with --file, and the process's own environment.</summary>
internal sealed record SidecarOptions
{
    private static readonly JsonSerializerOptions Strict = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectRequiredConstructorParameters = true
    };

    public required IReadOnlyList<AppOptions> Apps { get; init; }
    public IReadOnlyList<string> ResourcesPaths { get; init; } = [];
    public string? ConfigFile { get; init; }

    /// <summary>The share of deliveries that reach the app twice: at least once is all that Dapr promises.</summary>
    public double DuplicateShare { get; init; }

    /// <summary>The share of deliveries that are held back for a moment, so that others pass them: the order across keys is nobody's promise.</summary>
    public double LateShare { get; init; }

    /// <summary>
    /// Instead of the component's session timeout: the mock cluster lets a consumer group wait nearly that long each time a member
    /// comes or goes.
    /// </summary>
    public int? SessionTimeoutMs { get; init; }

    [JsonIgnore]
    public IReadOnlyDictionary<string, string> Environment { get; init; } = ProcessEnvironment();

    /// <summary>What a caller of the sidecar's API has to show.</summary>
    [JsonIgnore]
    public string? ApiToken => Environment.GetValueOrDefault("DAPR_API_TOKEN") is { Length: > 0 } token ? token : null;

    /// <summary>What the sidecar shows to its app.</summary>
    [JsonIgnore]
    public string? AppToken => Environment.GetValueOrDefault("APP_API_TOKEN") is { Length: > 0 } token ? token : null;

    public static SidecarOptions Read(string path) =>
        JsonSerializer.Deserialize<SidecarOptions>(File.ReadAllText(path), Strict)
        ?? throw new JsonException($"{path} is empty.");

    private static Dictionary<string, string> ProcessEnvironment() =>
        System.Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .ToDictionary(entry => (string)entry.Key, entry => (string?)entry.Value ?? "");
}

/// <summary>One app instance and the ports of its sidecar; port 0 takes a free one. No app port: nothing is delivered, nothing invoked.</summary>
internal sealed record AppOptions(string AppId, int? AppPort = null, int HttpPort = 0, int GrpcPort = 0);
