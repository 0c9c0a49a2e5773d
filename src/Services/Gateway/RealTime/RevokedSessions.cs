using System.Collections.Concurrent;
using ChatApp.Platform.Tokens;

namespace ChatApp.Gateway.RealTime;

/// <summary>Sessions that ended while access tokens of theirs may still be good: no new stream opens with one.</summary>
internal sealed class RevokedSessions(TimeProvider time)
{
    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<Guid, DateTimeOffset> _until = new();

    public void Add(Guid sessionId) => _until[sessionId] = time.GetUtcNow() + AccessTokens.Lifetime + ClockSkew;

    public bool Contains(Guid sessionId) => _until.ContainsKey(sessionId);

    public void Tend()
    {
        var now = time.GetUtcNow();
        foreach (var entry in _until.Where(entry => entry.Value < now))
            _until.TryRemove(entry);
    }
}
