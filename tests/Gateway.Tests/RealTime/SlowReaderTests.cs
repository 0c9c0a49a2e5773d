using System.Net.Sockets;
using System.Text;
using ChatApp.Testing;

namespace ChatApp.Gateway.Tests.RealTime;

/// <summary>Counts this process' memory, so nothing else may run in it.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;

[Collection(nameof(Alone))]
public sealed class SlowReaderTests(StreamApi gateway) : IClassFixture<StreamApi>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_reader_that_is_too_slow_is_cut_with_a_hint_and_holds_up_nobody()
    {
        // More than the sockets' buffers hold, so that the stream itself has to wait.
        const int Messages = 3000;
        var (slow, fast) = (Guid.NewGuid(), Guid.NewGuid());
        var conversation = gateway.Conversation(slow, fast);
        using var socket = await RawStream.OpenAsync(gateway, slow);
        await using var reader = await gateway.OpenAsync(fast);
        var text = new string('x', 4000);

        for (var seq = 1; seq <= Messages; seq++)
            Assert.Equal("SUCCESS", await gateway.DeliverAsync(Events.Message(conversation, fast, seq, text)));

        for (var seq = 1; seq <= Messages; seq++)
            Assert.Equal(seq, (await reader.NextAsync()).Json.GetProperty("seq").GetInt64());
        var everything = await socket.ReadToEndAsync(Cancel);
        Assert.EndsWith("event: resume\ndata: {\"reason\":\"slow\"}\n\n\r\n0\r\n\r\n", everything, StringComparison.Ordinal);
        Assert.True(everything.Length < Messages * text.Length, "the slow reader was not cut");
    }

    [Fact]
    public async Task A_thousand_streams_cost_less_than_50_KB_each()
    {
        const int Streams = 1000;
        using var warm = await RawStream.OpenAsync(gateway, Guid.NewGuid());
        var users = Enumerable.Range(0, Streams).Select(_ => Guid.NewGuid()).ToArray();
        var conversation = gateway.Conversation(users);
        var before = GC.GetTotalMemory(forceFullCollection: true);

        var streams = new List<RawStream>(Streams);
        foreach (var user in users)
            streams.Add(await RawStream.OpenAsync(gateway, user));
        await gateway.DeliverAsync(Events.Message(conversation, users[0]));
        foreach (var stream in streams)
            await stream.ReadUntilAsync("event: message", Cancel);

        var each = (GC.GetTotalMemory(forceFullCollection: true) - before) / Streams;
        TestContext.Current.SendDiagnosticMessage("{0} bytes each", each);
        foreach (var stream in streams)
            stream.Dispose();
        Assert.True(each < 50 * 1024, $"{each} bytes each");
    }

    [Fact]
    public async Task Nothing_is_kept_of_the_conversations_of_who_has_gone()
    {
        var people = Enumerable.Range(0, 20).Select(_ => Guid.NewGuid()).ToArray();
        foreach (var person in people)
        {
            for (var n = 0; n < 10_000; n++)
                gateway.Conversation(person);
        }

        await ComeAndGoAsync(people[0]);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        foreach (var person in people[1..])
            await ComeAndGoAsync(person);

        await Wait.UntilAsync(() => GC.GetTotalMemory(forceFullCollection: true) - before < 4 * 1024 * 1024, "what was kept is still there");
    }

    private async Task ComeAndGoAsync(Guid person)
    {
        await using var stream = await gateway.OpenAsync(person);
    }

    /// <summary>A client that reads only when it is told to, and keeps next to nothing itself.</summary>
    private sealed class RawStream : IDisposable
    {
        private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };

        public static async Task<RawStream> OpenAsync(StreamApi gateway, Guid userId)
        {
            var stream = new RawStream();
            var address = gateway.ClientOptions.BaseAddress;
            await stream._socket.ConnectAsync(address.Host, address.Port, Cancel);
            await stream._socket.SendAsync(
                Encoding.ASCII.GetBytes($"GET /api/stream HTTP/1.1\r\nHost: {address.Authority}\r\nAuthorization: Bearer {TestTokens.For(userId)}\r\nConnection: close\r\n\r\n"), Cancel);
            await stream.ReadUntilAsync("event: ready", Cancel);
            return stream;
        }

        public async Task ReadUntilAsync(string expected, CancellationToken ct)
        {
            var buffer = new byte[1024];
            var received = "";
            while (!received.Contains(expected, StringComparison.Ordinal))
            {
                var read = await _socket.ReceiveAsync(buffer, ct);
                Assert.True(read > 0, received);
                received += Encoding.ASCII.GetString(buffer, 0, read);
            }
        }

        public async Task<string> ReadToEndAsync(CancellationToken ct)
        {
            using var all = new MemoryStream();
            await using var stream = new NetworkStream(_socket);
            await stream.CopyToAsync(all, ct);
            return Encoding.ASCII.GetString(all.GetBuffer(), 0, (int)all.Length);
        }

        public void Dispose() => _socket.Dispose();
    }
}
