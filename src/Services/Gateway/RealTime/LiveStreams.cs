using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using ChatApp.Platform.Messaging;
using ChatApp.Platform.Tokens;
using Microsoft.Extensions.Options;

namespace ChatApp.Gateway.RealTime;

/// <summary>The streams that are open on this replica, by person. Events reach every replica, so each serves its own streams and knows of no other.</summary>
internal sealed class LiveStreams
{
    private readonly StreamLimits _limits;
    private readonly TimeProvider _time;
    private readonly OnlineMembers _members;
    private readonly Lock _changing = new();
    private readonly ConcurrentDictionary<Guid, OnlinePerson> _people = new();
    private volatile bool _stopping;

    public LiveStreams(OnlineMembers members, IOptions<StreamLimits> limits, TimeProvider time, IMeterFactory meters)
    {
        (_members, _limits, _time) = (members, limits.Value, time);
        meters.Create(MessagingMetrics.MeterName).CreateObservableUpDownCounter("chatapp.streams.open", () => Count, "{stream}", "Live streams that are open on this replica.");
    }

    public int Count => _people.Sum(entry => entry.Value.Streams.Count);

    public bool Any => !_people.IsEmpty;

    /// <summary>Null when this person has no stream here.</summary>
    public OnlinePerson? Find(Guid userId) => _people.GetValueOrDefault(userId);

    /// <summary>Opens a stream; null when the user has too many.</summary>
    public LiveStream? TryOpen(CurrentUser user, DateTimeOffset expiresAt)
    {
        LiveStream stream;
        lock (_changing)
        {
            if (!_people.TryGetValue(user.Id, out var person))
            {
                person = new OnlinePerson(user.Id);
                _members.Add(person);
                _people[user.Id] = person;
            }
            else if (person.Streams.Count >= _limits.StreamsPerUser)
            {
                return null;
            }

            stream = new LiveStream(person, user.SessionId, expiresAt, _limits, _time);
            person.Add(stream);
        }

        // Looked at after the stream was entered: it is ended either here or by Stop.
        if (_stopping)
            stream.End(StreamEnd.Stopping);
        return stream;
    }

    public void Close(LiveStream stream)
    {
        var person = stream.Person;
        lock (_changing)
        {
            person.Remove(stream);
            if (person.Streams.Count == 0)
            {
                _people.TryRemove(person.Id, out _);
                _members.Remove(person);
            }
        }

        stream.Dispose();
    }

    public void EndSession(Guid userId, Guid sessionId)
    {
        foreach (var stream in Find(userId)?.Streams.Where(stream => stream.SessionId == sessionId) ?? [])
            stream.End(StreamEnd.Revoked);
    }

    public void Tend()
    {
        var now = _time.GetUtcNow();
        foreach (var stream in All)
            stream.Tend(now);
    }

    /// <summary>Ends all streams, and those that still come.</summary>
    public void Stop()
    {
        _stopping = true;
        foreach (var stream in All)
            stream.End(StreamEnd.Stopping);
    }

    private IEnumerable<LiveStream> All => _people.SelectMany(entry => entry.Value.Streams);
}
