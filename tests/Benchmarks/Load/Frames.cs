using System.Buffers.Text;

namespace ChatApp.Benchmarks.Load;

/// <summary>Finds our messages in a live stream by their bytes: parsing all JSON would take time from what is measured.</summary>
internal static class Frames
{
    /// <param name="found">Gets the number of each message of ours.</param>
    /// <returns>How many bytes were whole frames.</returns>
    public static int Read(ReadOnlySpan<byte> received, Action<long> found)
    {
        var read = 0;
        while (received[read..].IndexOf("\n\n"u8) is var length and >= 0)
        {
            var frame = received.Slice(read, length);
            if (frame.IndexOf("event: message\n"u8) >= 0
                && frame.IndexOf("\"text\":\"m"u8) is var text and >= 0
                && Utf8Parser.TryParse(frame[(text + 9)..], out long number, out _))
                found(number);
            read += length + 2;
        }

        return read;
    }
}
