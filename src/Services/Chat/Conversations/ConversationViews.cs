using System.Text.Json.Serialization;
using ChatApp.Chat.Directory;
using ChatApp.Chat.Memberships;
using ChatApp.Chat.Messages;
using ChatApp.Contracts;

namespace ChatApp.Chat.Conversations;

/// <summary>A conversation as one of its members sees it in his list.</summary>
/// <param name="Name">What to show: a group's title, or the name of the other one.</param>
/// <param name="OtherId">The other one of a direct conversation.</param>
/// <param name="LastMessage">The last message that somebody wrote.</param>
/// <param name="Unread">Messages after his read mark; his own and those of the system don't count.</param>
/// <param name="Role">What the reader is in it.</param>
/// <param name="Members">Only where one conversation is asked for: the first of them, at most <see cref="MaxMembers"/>.</param>
internal sealed record ConversationView(
    Guid Id,
    ConversationKind Kind,
    string? Title,
    string Name,
    string? AvatarUrl,
    Guid? OtherId,
    int MemberCount,
    LastMessage? LastMessage,
    long ReadSeq,
    long Unread,
    bool Muted,
    DateTimeOffset? MutedUntil,
    Role Role,
    Guid CreatedBy,
    DateTimeOffset CreatedAt,
    DateTimeOffset LastActivityAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<MemberView>? Members = null)
{
    public const int MaxMembers = 100;
}

internal sealed record MemberView(Guid UserId, Role Role, DateTimeOffset JoinedAt, string? Username, string? DisplayName, string? AvatarUrl);

internal sealed record ConversationPage(IReadOnlyList<ConversationView> Items, string? Next);

/// <summary>Joins conversations with what their reader needs to see: names, his marks, and the newest message that this process knows of.</summary>
internal sealed class ConversationViews(
    ConversationStore conversations, MembershipStore memberships, UserDirectory users, KnownLogs logs, Projections projections, TimeProvider time)
{
    private const string Unknown = "Unknown";

    /// <summary>A page of the reader's conversations, newest activity first.</summary>
    public async Task<(IReadOnlyList<Conversation> Conversations, IReadOnlyList<ConversationView> Views)> PageAsync(
        Guid readerId, ConversationCursor? after, int limit, CancellationToken ct)
    {
        var mine = (await memberships.OfAsync(readerId, ct)).ToDictionary(membership => membership.ConversationId);
        var page = await conversations.NewestAsync(mine.Keys, after, limit, ct);
        var known = await users.FindAsync(page.Select(conversation => mine[conversation.Id].OtherId).OfType<Guid>(), ct);
        return (page, [.. page.Select(conversation => View(conversation, mine[conversation.Id], known))]);
    }

    /// <summary>One conversation, with the first of its members.</summary>
    public async Task<ConversationView> DetailAsync(Conversation conversation, Membership reader, CancellationToken ct)
    {
        var members = await MembersAsync(conversation.Id, null, ConversationView.MaxMembers, ct);
        var known = await users.FindAsync(reader.OtherId is { } other ? [other] : [], ct);
        return View(conversation, reader, known) with { Members = members };
    }

    /// <summary>Members of a conversation in the order of their ids, with their names.</summary>
    public async Task<IReadOnlyList<MemberView>> MembersAsync(Guid conversationId, Guid? after, int limit, CancellationToken ct)
    {
        var members = await memberships.InAsync(conversationId, after, limit, ct);
        var known = await users.FindAsync(members.Select(member => member.UserId), ct);
        return
        [
            .. members.Select(member =>
            {
                var user = known.GetValueOrDefault(member.UserId);
                return new MemberView(member.UserId, member.Role, member.JoinedAt, user?.Username, user?.DisplayName, user?.AvatarUrl);
            }),
        ];
    }

    private ConversationView View(Conversation conversation, Membership reader, IReadOnlyDictionary<Guid, KnownUser> known)
    {
        var other = reader.OtherId is { } id ? known.GetValueOrDefault(id) : null;
        // The projection follows a send by a second: whoever sent through this process sees his message at once.
        var tail = logs.Find(conversation.Id) is { } end && end.Rev > conversation.Rev ? end : null;
        var last = tail?.Newest is { } written && written.Seq > (conversation.LastMessage?.Seq ?? 0) ? written : conversation.LastMessage;
        var mark = projections.MarkOf(conversation.Id, reader.UserId);
        var (readSeq, readCounted) = mark?.Seq > reader.ReadSeq ? (mark.Seq, mark.Counted) : (reader.ReadSeq, reader.ReadCounted);

        return new ConversationView(
            conversation.Id,
            conversation.Kind,
            conversation.Title,
            conversation.Title ?? other?.DisplayName ?? Unknown,
            other?.AvatarUrl,
            reader.OtherId,
            tail?.MemberCount ?? conversation.MemberCount,
            last,
            readSeq,
            Math.Max(0, (tail?.Counted ?? conversation.Counted) - readCounted),
            reader.MutedUntil > time.GetUtcNow(),
            reader.MutedUntil,
            reader.Role,
            conversation.CreatedBy,
            conversation.CreatedAt,
            last?.SentAt ?? conversation.LastActivityAt);
    }
}
