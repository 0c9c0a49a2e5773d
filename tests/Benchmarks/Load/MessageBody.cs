using System.Text;

namespace ChatApp.Benchmarks.Load;

/// <summary>The body of a send: a text of 128 bytes that begins with the message's number.</summary>
internal static class MessageBody
{
    private const int TextLength = 128;

    public static byte[] Of(long number) =>
        Encoding.ASCII.GetBytes($$"""{"clientMessageId":"{{Guid.NewGuid()}}","text":"{{$"m{number} ".PadRight(TextLength, 'x')}}"}""");
}
