using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace ChatApp.Gateway.RealTime;

/// <summary>Bytes of a server-sent event, made once and shared by all streams that carry it.</summary>
internal static class Frame
{
    public static readonly byte[] Heartbeat = ":\n\n"u8.ToArray();

    public static byte[] Of<T>(string name, Guid id, T data, JsonTypeInfo<T> type) =>
        [.. Encoding.UTF8.GetBytes($"event: {name}\nid: {id}\ndata: "), .. JsonSerializer.SerializeToUtf8Bytes(data, type), .. "\n\n"u8];

    /// <summary>The first bytes. From here on nothing is missing: what happened before is for sync to fetch.</summary>
    public static byte[] Ready(Guid userId) => Encoding.UTF8.GetBytes($"retry: 1000\nevent: ready\ndata: {{\"userId\":\"{userId}\"}}\n\n");
}
