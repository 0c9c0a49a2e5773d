using System.Collections.Concurrent;
using ChatApp.Chat.Memberships;
using Microsoft.Extensions.Caching.Memory;

namespace ChatApp.Chat.Messages;

/// <summary>
/// What this process knows of conversations: where their logs end, and who of those that write is a member. Both may be behind, because another process has
/// written. For a write that does no harm: the unique keys of the log decide, and since a change of the members is a message, who takes the next place has seen
/// every change. A writer that loses reads what it missed.
/// </summary>
internal sealed class KnownLogs(MessageStore messages, MembershipStore memberships, TimeProvider time) : IDisposable
{
    /// <summary>How long a change of members that another process made may go unnoticed by those who read here.</summary>
    public static readonly TimeSpan Staleness = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan RivalMemory = TimeSpan.FromSeconds(10);
    private static readonly MemoryCacheEntryOptions Entry = new() { Size = 1 };

    private readonly MemoryCache _known = new(new MemoryCacheOptions { SizeLimit = 50_000 });

    public void Dispose() => _known.Dispose();

    /// <summary>The end of the log as this process last saw it; null when it never did.</summary>
    public Tail? Find(Guid conversationId) => _known.Get<Log>(conversationId)?.Tail;

    /// <summary>The end of the log, read if this process does not know it.</summary>
    public async ValueTask<Tail> GetAsync(Guid conversationId, CancellationToken ct) =>
        Find(conversationId) ?? await ReadAsync(conversationId, ct);

    /// <summary>Reads where the log ends now.</summary>
    public async Task<Tail> ReadAsync(Guid conversationId, CancellationToken ct)
    {
        var read = await messages.TailAsync(conversationId, ct);
        // Nothing was known: who is a member is then known only from now on.
        var log = _known.GetOrCreate(conversationId, entry =>
        {
            entry.SetOptions(Entry);
            return new Log(read);
        })!;
        log.Advance(read);
        return read;
    }

    /// <summary>Takes over messages that came next in the log.</summary>
    public void Advance(Guid conversationId, StoredMessage message)
    {
        if (_known.Get<Log>(conversationId) is not { } log)
            return;

        foreach (var changed in message.System?.Members ?? [])
            log.Members.TryRemove(changed.UserId, out _);
        log.Advance(log.Tail.After(message));
    }

    public void Forget(Guid conversationId) => _known.Remove(conversationId);

    /// <summary>Another process writes here too: for a while what it wrote is read before each write, which costs less than to lose the place and try again.</summary>
    public void HasRival(Guid conversationId)
    {
        if (_known.Get<Log>(conversationId) is { } log)
            log.RivalSeenAt = time.GetTimestamp();
    }

    /// <summary>Whether another process has written here lately.</summary>
    public bool MayBeBehind(Guid conversationId) =>
        _known.Get<Log>(conversationId) is { RivalSeenAt: { } seen } && time.GetElapsedTime(seen) < RivalMemory;

    /// <summary>The membership of who is to write: every change that the known end of the log has is in it.</summary>
    public Task<Member?> WriterAsync(Guid conversationId, Guid userId, CancellationToken ct) =>
        MemberAsync(conversationId, userId, oldest: TimeSpan.MaxValue, ct);

    /// <summary>The membership of who reads: at most <see cref="Staleness"/> old. Null both when there is no such conversation and when the user is not in it.</summary>
    public Task<Member?> ReaderAsync(Guid conversationId, Guid userId, CancellationToken ct) => MemberAsync(conversationId, userId, Staleness, ct);

    private async Task<Member?> MemberAsync(Guid conversationId, Guid userId, TimeSpan oldest, CancellationToken ct)
    {
        if (_known.Get<Log>(conversationId) is { } known && known.Members.TryGetValue(userId, out var kept) && time.GetElapsedTime(kept.ReadAt) < oldest)
            return kept.Member;

        // First the end, then the membership: the other way round a change in between would be missed.
        await GetAsync(conversationId, ct);
        var readAt = time.GetTimestamp();
        if (await memberships.FindAsync(conversationId, userId, ct) is not { Active: true } membership)
            return null;

        var member = Member.Of(membership);
        if (_known.Get<Log>(conversationId) is { } log && log.Members.Count < Log.MaxMembers)
            log.Members[userId] = (member, readAt);
        return member;
    }

    private sealed class Log(Tail tail)
    {
        public const int MaxMembers = 1_000;

        private readonly Lock _lock = new();

        public Tail Tail { get; private set; } = tail;

        public long? RivalSeenAt { get; set; }

        public ConcurrentDictionary<Guid, (Member Member, long ReadAt)> Members { get; } = new();

        public void Advance(Tail tail)
        {
            lock (_lock)
            {
                if (tail.Rev > Tail.Rev)
                    Tail = tail.Newest is null ? tail with { Newest = Tail.Newest } : tail;
            }
        }
    }
}
