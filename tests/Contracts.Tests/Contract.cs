using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ChatApp.Contracts.Tests;

/// <summary>A published event type and the checked-in sample of its JSON.</summary>
public sealed class Contract(Type type)
{
    public static IReadOnlyList<Contract> All { get; } =
    [
        .. typeof(IEvent).Assembly.GetExportedTypes()
            .Where(type => type.IsClass && type.IsAssignableTo(typeof(IEvent)))
            .OrderBy(type => type.Name, StringComparer.Ordinal)
            .Select(type => new Contract(type)),
    ];

    public static string Samples => Path.Combine(AppContext.BaseDirectory, "Samples");

    public string EventType => (string)type.GetProperty(nameof(IEvent.Type))!.GetValue(null)!;

    public string Topic => (string)type.GetProperty(nameof(IEvent.Topic))!.GetValue(null)!;

    public string SampleFile => Path.Combine(Samples, $"{EventType}.json");

    /// <summary>The event's fields as JSON names, whether each may be null, and whether it may be missing since it was added later.</summary>
    public IReadOnlyList<(string Name, bool Nullable, bool Optional)> Fields
    {
        get
        {
            var nullability = new NullabilityInfoContext();
            return
            [
                .. type.GetConstructors().Single().GetParameters().Select(parameter => (
                    JsonNamingPolicy.CamelCase.ConvertName(parameter.Name!),
                    nullability.Create(parameter).ReadState is NullabilityState.Nullable,
                    parameter.HasDefaultValue)),
            ];
        }
    }

    /// <summary>A new copy each time: a test may change it.</summary>
    public JsonObject ReadSample() => JsonNode.Parse(File.ReadAllText(SampleFile))!.AsObject();

    public IEvent Read(JsonNode json) => (IEvent)JsonSerializer.Deserialize(json.ToJsonString(), type, EventJson.Default)!;

    public JsonNode Write(IEvent @event) => JsonNode.Parse(JsonSerializer.Serialize(@event, type, EventJson.Default))!;

    public override string ToString() => type.Name;
}
