using System.Buffers.Binary;
using System.Net.Sockets;
using ChatApp.LocalStack.Mongo.Users;

namespace ChatApp.LocalStack.Mongo;

/// <summary>One client: reads a message into a buffer of its own, has it answered, and reads the next.</summary>
internal sealed class ClientConnection(Socket socket, Engine engine, UserTable users, string address) : IAsyncDisposable
{
    private const int HeaderSize = 16, MaxMessageSize = 48_000_000 + 16_384, KeptSize = 1 << 20;

    private readonly EngineSession _session = new(engine);
    private readonly Request _request = new();
    private readonly Reply _reply = new();
    private byte[] _buffer = GC.AllocateUninitializedArray<byte>(16 << 10);
    private int _filled;
    private int _answers;

    public async Task RunAsync(CancellationToken ct)
    {
        var commands = new Commands(engine, _session, users, address);

        while (await ReceiveAsync(ct) is var length and > 0)
        {
            _request.Read(_buffer.AsMemory(0, length));
            await commands.AnswerAsync(_request, _reply, ct);

            if (!_request.MoreToCome)
                await SendAsync(_reply.ToMessage(++_answers, _request), ct);

            _reply.Shrink();
            Consume(length);
        }
    }

    public async ValueTask DisposeAsync()
    {
        socket.Dispose();
        await _session.DisposeAsync();
    }

    /// <summary>The length of the next message, all of which is then in the buffer; 0 when the client has gone.</summary>
    private async ValueTask<int> ReceiveAsync(CancellationToken ct)
    {
        if (!await FillAsync(HeaderSize, ct))
            return 0;

        var length = BinaryPrimitives.ReadInt32LittleEndian(_buffer);
        if (length is < HeaderSize or > MaxMessageSize)
            throw new FormatException($"A message of {length} bytes is not one of MongoDB's protocol.");

        if (_buffer.Length < length)
            Array.Resize(ref _buffer, length);

        return await FillAsync(length, ct) ? length : 0;
    }

    private async ValueTask<bool> FillAsync(int wanted, CancellationToken ct)
    {
        while (_filled < wanted)
        {
            var received = await socket.ReceiveAsync(_buffer.AsMemory(_filled), ct);
            if (received == 0)
                return false;

            _filled += received;
        }

        return true;
    }

    private async ValueTask SendAsync(ReadOnlyMemory<byte> message, CancellationToken ct)
    {
        while (message.Length > 0)
            message = message[await socket.SendAsync(message, ct)..];
    }

    private void Consume(int length)
    {
        _filled -= length;
        if (_filled > 0)
            _buffer.AsSpan(length, _filled).CopyTo(_buffer);
        else if (_buffer.Length > KeptSize)
            _buffer = GC.AllocateUninitializedArray<byte>(16 << 10);
    }
}
