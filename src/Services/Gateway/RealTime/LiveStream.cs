using System.IO.Pipelines;
using System.Threading.Channels;

namespace ChatApp.Gateway.RealTime;

/// <summary>One client's open stream. Whoever has an event for it never waits: it goes into a bounded queue, and a reader that lets that fill up is cut.</summary>
internal sealed class LiveStream(
    OnlinePerson person, Guid sessionId, DateTimeOffset expiresAt, StreamLimits limits, TimeProvider time) : IDisposable
{
    /// <summary>Written between two flushes, so that a burst does not pile up in the connection's buffer.</summary>
    private const int MaxUnflushed = 16 * 1024;

    private readonly Channel<byte[]> _queue =
        Channel.CreateBounded<byte[]>(new BoundedChannelOptions(limits.Queue) { SingleReader = true });

    private readonly CancellationTokenSource _cut = new();
    private long _spokeAt = time.GetTimestamp();
    private volatile StreamEnd? _end;

    public OnlinePerson Person => person;

    public Guid SessionId => sessionId;

    public void Send(byte[] frame)
    {
        Volatile.Write(ref _spokeAt, time.GetTimestamp());
        if (!_queue.Writer.TryWrite(frame))
            End(StreamEnd.Slow);
    }

    /// <summary>Ends the stream; what is still queued is not sent. Only the first reason counts.</summary>
    public void End(StreamEnd reason)
    {
        if (Interlocked.CompareExchange(ref _end, reason, null) is not null)
            return;

        _queue.Writer.TryComplete();
        try
        {
            _cut.CancelAfter(limits.LastWords);
        }
        catch (ObjectDisposedException)
        {
            // The client went at the same moment.
        }
    }

    /// <summary>Ends the stream if its token has expired, else keeps it from falling silent.</summary>
    public void Tend(DateTimeOffset now)
    {
        if (now >= expiresAt)
            End(StreamEnd.Expired);
        else if (time.GetElapsedTime(Volatile.Read(ref _spokeAt)) >= limits.Heartbeat)
            Send(Frame.Heartbeat);
    }

    /// <summary>Writes until the stream ends. What was sent before it is called comes after the first bytes.</summary>
    /// <exception cref="OperationCanceledException">The client went, or did not take the stream's last words in time.</exception>
    public async Task WriteToAsync(PipeWriter writer, CancellationToken aborted)
    {
        using var aborts = aborted.UnsafeRegister(static cut => ((CancellationTokenSource)cut!).Cancel(), _cut);
        if (_end is null)
            await writer.WriteAsync(Frame.Ready(person.Id), _cut.Token);

        while (await _queue.Reader.WaitToReadAsync(_cut.Token))
        {
            for (var unflushed = 0; _end is null && unflushed < MaxUnflushed && _queue.Reader.TryRead(out var frame); unflushed += frame.Length)
                Write(writer, frame);
            if (_end is not null)
                break;

            await writer.FlushAsync(_cut.Token);
        }

        await writer.WriteAsync(_end!.LastWords, _cut.Token);
    }

    /// <summary>In one piece: a frame never lies across two chunks of the body, which simple clients would take apart.</summary>
    private static void Write(PipeWriter writer, byte[] frame)
    {
        frame.CopyTo(writer.GetSpan(frame.Length));
        writer.Advance(frame.Length);
    }

    public void Dispose() => _cut.Dispose();
}
