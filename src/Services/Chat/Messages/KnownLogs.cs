using ChatApp.Chat.Memberships;
using Microsoft.Extensions.Caching.Memory;

namespace ChatApp.Chat.Messages;

/// <summary>
/// What this process knows of conversations: where their logs end, and who of those that write is a member. Both may be behind, because another process has
/// written. For a write that does no harm: the unique keys of the log decide, and since a change of the members is a message, who takes the next place has seen
/// every change. A writer that loses reads what it missed. Of every change up to the end that is known here, the memberships have been told.
/// </summary>
internal sealed class KnownLogs : IDisposable
{
    /// <summary>How long a change of members that another process made may go unnoticed by those who read here.</summary>
    public static readonly TimeSpan Staleness = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan RivalMemory = TimeSpan.FromSeconds(10);
    private static readonly MemoryCacheEntryOptions Entry = new() { Size = 1 };

    private readonly MessageStore _messages;
    private readonly MembershipStore _memberships;
    private readonly MembershipProjection _projection;
    private readonly TimeProvider _time;
    private readonly MemoryCache _known = new(new MemoryCacheOptions { SizeLimit = 50_000 });
    private readonly SharedReads<Guid, Tail> _ends;
    private readonly SharedReads<(Guid ConversationId, Guid UserId), (Member? Member, long MembersRev)> _members;

    public KnownLogs(MessageStore messages, MembershipStore memberships, MembershipProjection projection, TimeProvider time)
    {
        (_messages, _memberships, _projection, _time) = (messages, memberships, projection, time);
        _ends = new(ReadEndAsync, time);
        _members = new(ReadMemberAsync, time);
    }

    public void Dispose() => _known.Dispose();

    /// <summary>The end of the log as this process last saw it; null when it never did.</summary>
    public Tail? Find(Guid conversationId) => _known.Get<KnownLog>(conversationId)?.Tail;

    /// <summary>The end of the log, read if this process does not know it.</summary>
    public async ValueTask<Tail> GetAsync(Guid conversationId, CancellationToken ct) =>
        Find(conversationId) ?? await ReadAsync(conversationId, ct);

    /// <summary>Reads where the log ends now.</summary>
    public Task<Tail> ReadAsync(Guid conversationId, CancellationToken ct) => _ends.GetAsync(conversationId).WaitAsync(ct);

    /// <summary>Takes over the message that came next in the log, of which the memberships have been told.</summary>
    public void Advance(StoredMessage message) => _known.Get<KnownLog>(message.ConversationId)?.Advance(message);

    /// <summary>Another process writes here too: for a while what it wrote is read before each write, which costs less than to lose the place and try again.</summary>
    public void HasRival(Guid conversationId)
    {
        if (_known.Get<KnownLog>(conversationId) is { } log)
            log.RivalSeenAt = _time.GetTimestamp();
    }

    /// <summary>Whether another process has written here lately.</summary>
    public bool MayBeBehind(Guid conversationId) =>
        _known.Get<KnownLog>(conversationId) is { RivalSeenAt: { } seen } && _time.GetElapsedTime(seen) < RivalMemory;

    /// <summary>The membership of who is to write: every change that the known end of the log has is in it.</summary>
    public Task<Member?> WriterAsync(Guid conversationId, Guid userId, CancellationToken ct) =>
        MemberAsync(conversationId, userId, oldest: TimeSpan.MaxValue, ct);

    /// <summary>The membership of who reads: at most <see cref="Staleness"/> old. Null both when there is no such conversation and when the user is not in it.</summary>
    public Task<Member?> ReaderAsync(Guid conversationId, Guid userId, CancellationToken ct) => MemberAsync(conversationId, userId, Staleness, ct);

    private async Task<Member?> MemberAsync(Guid conversationId, Guid userId, TimeSpan oldest, CancellationToken ct)
    {
        if (_known.Get<KnownLog>(conversationId)?.Find(userId) is { } kept && _time.GetElapsedTime(kept.ReadAt) < oldest)
            return kept.Member;

        while (true)
        {
            var (member, membersRev) = await _members.GetAsync((conversationId, userId)).WaitAsync(ct);
            // What somebody else began to read may be older than what is known by now.
            if (Find(conversationId) is not { } end || end.MembersRev == membersRev)
                return member;
        }
    }

    private async Task<(Member? Member, long MembersRev)> ReadMemberAsync((Guid ConversationId, Guid UserId) one, CancellationToken ct)
    {
        // First the end, then the membership: the other way round a change in between would be missed.
        var membersRev = (await GetAsync(one.ConversationId, ct)).MembersRev;
        var readAt = _time.GetTimestamp();
        if (await _memberships.FindAsync(one.ConversationId, one.UserId, ct) is not { Active: true } membership)
            return (null, membersRev);

        var member = Member.Of(membership);
        _known.Get<KnownLog>(one.ConversationId)?.Remember(one.UserId, new KnownMember(member, readAt), membersRev);
        return (member, membersRev);
    }

    private async Task<Tail> ReadEndAsync(Guid conversationId, CancellationToken ct)
    {
        var end = await _messages.TailAsync(conversationId, ct);
        if (end.Seq > 0 && await _messages.LastSystemAsync(conversationId, ct) is { } change)
        {
            // Its writer may not have come so far. Those before it were taken over before it was written.
            await _projection.ApplyAsync([change], ct);
            end = end with { MembersRev = change.Rev };
        }

        var log = _known.GetOrCreate(conversationId, entry =>
        {
            entry.SetOptions(Entry);
            return new KnownLog(end);
        })!;
        log.GoTo(end);
        return log.Tail;
    }
}
