using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using System.Text.Json.Serialization.Metadata;
using ChatApp.Platform.Messaging;
using ChatApp.Platform.Tokens;
using Microsoft.Extensions.Options;

namespace ChatApp.Gateway.RealTime;

/// <summary>The streams that are open on this replica, by user. Events reach every replica, so each serves its own streams and knows of no other.</summary>
internal sealed class LiveStreams
{
    private readonly StreamLimits _limits;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<Guid, ImmutableArray<LiveStream>> _byUser = new();
    private readonly RecentIds _seen = new(capacity: 8192);
    private volatile bool _stopping;

    public LiveStreams(IOptions<StreamLimits> limits, TimeProvider time, IMeterFactory meters)
    {
        (_limits, _time) = (limits.Value, time);
        meters.Create(MessagingMetrics.MeterName).CreateObservableUpDownCounter("chatapp.streams.open", () => Count, "{stream}", "Live streams that are open on this replica.");
    }

    public int Count => _byUser.Values.Sum(streams => streams.Length);

    /// <summary>Opens a stream; null when the user has too many.</summary>
    public LiveStream? TryOpen(CurrentUser user, DateTimeOffset expiresAt)
    {
        var stream = new LiveStream(user, expiresAt, _limits, _time);
        var streams = _byUser.AddOrUpdate(
            user.Id,
            _ => [stream],
            (_, open) => open.Length < _limits.StreamsPerUser ? open.Add(stream) : open);
        if (!streams.Contains(stream))
        {
            stream.Dispose();
            return null;
        }

        // Looked at after the stream was entered: it is ended either here or by Stop.
        if (_stopping)
            stream.End(StreamEnd.Stopping);
        return stream;
    }

    public void Close(LiveStream stream)
    {
        while (_byUser.TryGetValue(stream.User.Id, out var open))
        {
            var rest = open.Remove(stream);
            if (rest.IsEmpty ? _byUser.TryRemove(new(stream.User.Id, open)) : _byUser.TryUpdate(stream.User.Id, rest, open))
                break;
        }

        stream.Dispose();
    }

    /// <summary>
    /// Hands an event to the streams of these users. A second delivery of the same event is dropped here, as far as this replica remembers it; clients know
    /// the rest by <c>rev</c> and version.
    /// </summary>
    public void Send<T>(Guid eventId, string name, T data, JsonTypeInfo<T> type, params IReadOnlyList<Guid> userIds)
    {
        if (_byUser.IsEmpty || !_seen.TryAdd(eventId))
            return;

        byte[]? frame = null;
        foreach (var userId in userIds)
        {
            if (!_byUser.TryGetValue(userId, out var streams))
                continue;

            frame ??= Frame.Of(name, eventId, data, type);
            foreach (var stream in streams)
                stream.Send(frame);
        }
    }

    public void EndSession(Guid userId, Guid sessionId)
    {
        foreach (var stream in _byUser.GetValueOrDefault(userId, []).Where(stream => stream.User.SessionId == sessionId))
            stream.End(StreamEnd.Revoked);
    }

    public void Tend()
    {
        var now = _time.GetUtcNow();
        foreach (var (_, streams) in _byUser)
        {
            foreach (var stream in streams)
                stream.Tend(now);
        }
    }

    /// <summary>Ends all streams, and those that still come.</summary>
    public void Stop()
    {
        _stopping = true;
        foreach (var stream in _byUser.Values.SelectMany(streams => streams))
            stream.End(StreamEnd.Stopping);
    }
}
