using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace ChatApp.Gateway.RealTime;

/// <summary>Bytes of a server-sent event, made once and shared by all streams that carry it.</summary>
internal static class Frame
{
    public static readonly byte[] Heartbeat = ":\n\n"u8.ToArray();

    /// <summary>The first bytes. From here on nothing is missing: what happened before is for sync to fetch.</summary>
    public static byte[] Ready(Guid userId) => Encoding.UTF8.GetBytes($"retry: 1000\nevent: ready\ndata: {{\"userId\":\"{userId}\"}}\n\n");

    public static byte[] Of<T>(ReadOnlySpan<byte> name, T data, JsonTypeInfo<T> type) =>
        [.. "event: "u8, .. name, .. "\ndata: "u8, .. JsonSerializer.SerializeToUtf8Bytes(data, type), .. "\n\n"u8];

    /// <param name="data">JSON as it was published.</param>
    public static byte[] Message(Guid id, ReadOnlySpan<byte> data)
    {
        Span<byte> idText = stackalloc byte[36];
        id.TryFormat(idText, out _);
        byte[] frame = [.. "event: message\nid: "u8, .. idText, .. "\ndata: "u8, .. data, .. "\n\n"u8];

        // A line's end would end the field. In JSON it stands only between tokens, where a space means the same.
        var line = frame.AsSpan(^(data.Length + 2)..^2);
        line.Replace((byte)'\n', (byte)' ');
        line.Replace((byte)'\r', (byte)' ');
        return frame;
    }
}
