using ChatApp.Chat.Conversations;
using Microsoft.Extensions.Caching.Memory;

namespace ChatApp.Chat.Messages;

/// <summary>Where a conversation's log ends.</summary>
/// <param name="Newest">The last message, when this process wrote it.</param>
internal sealed record Tail(long Seq, long Rev, LastMessage? Newest)
{
    public static readonly Tail Empty = new(0, 0, null);
}

/// <summary>
/// The ends of the logs that this process knows. A remembered end may be behind the log, because another process has written: the unique keys of the log
/// decide, and a writer that loses forgets and reads it again.
/// </summary>
internal sealed class Tails(MessageStore messages) : IDisposable
{
    private static readonly MemoryCacheEntryOptions Entry = new() { Size = 1 };

    private readonly MemoryCache _known = new(new MemoryCacheOptions { SizeLimit = 50_000 });

    public void Dispose() => _known.Dispose();

    public Tail? Find(Guid conversationId) => _known.Get<Tail>(conversationId);

    public void Set(Guid conversationId, Tail tail) => _known.Set(conversationId, tail, Entry);

    public void Forget(Guid conversationId) => _known.Remove(conversationId);

    public async Task<Tail> ReadAsync(Guid conversationId, CancellationToken ct) => await messages.TailAsync(conversationId, ct);

    /// <summary>The newer of what is stored with the conversation and what this process wrote.</summary>
    public LastMessage? Newest(Guid conversationId, LastMessage? projected) =>
        Find(conversationId)?.Newest is { } written && written.Seq > (projected?.Seq ?? 0) ? written : projected;
}
