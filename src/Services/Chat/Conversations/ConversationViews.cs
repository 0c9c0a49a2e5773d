using System.Text.Json.Serialization;
using ChatApp.Chat.Directory;
using ChatApp.Chat.Memberships;
using ChatApp.Chat.Messages;
using ChatApp.Contracts;

namespace ChatApp.Chat.Conversations;

/// <summary>A conversation as one of its members sees it in his list.</summary>
/// <param name="Name">What to show: a group's title, or the name of the other one.</param>
/// <param name="MemberIds">Absent when there are more than <see cref="MaxMemberIds"/>.</param>
/// <param name="Unread">Messages after his read mark; his own count as read.</param>
/// <param name="Members">Only where one conversation is asked for.</param>
internal sealed record ConversationView(
    Guid Id,
    ConversationKind Kind,
    string? Title,
    string Name,
    string? AvatarUrl,
    int MemberCount,
    IReadOnlyList<Guid>? MemberIds,
    LastMessage? LastMessage,
    long ReadSeq,
    long Unread,
    bool Muted,
    DateTimeOffset? MutedUntil,
    Guid CreatedBy,
    DateTimeOffset CreatedAt,
    DateTimeOffset LastActivityAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<MemberView>? Members = null)
{
    public const int MaxMemberIds = 50;
}

internal sealed record MemberView(Guid UserId, Role Role, DateTimeOffset JoinedAt, string? Username, string? DisplayName, string? AvatarUrl);

internal sealed record ConversationPage(IReadOnlyList<ConversationView> Items, string? Next);

/// <summary>Joins conversations with what their reader needs to see: names, his marks, and the newest message that this process knows of.</summary>
internal sealed class ConversationViews(MembershipStore memberships, UserDirectory users, Tails tails, TimeProvider time)
{
    private const string Unknown = "Unknown";

    /// <summary>One conversation, with its members.</summary>
    public async Task<ConversationView> DetailAsync(Conversation conversation, Guid readerId, CancellationToken ct)
    {
        var known = await users.FindAsync(conversation.Members.Select(member => member.UserId), ct);
        var view = (await ListAsync([conversation], readerId, ct))[0];
        var members = conversation.Members.Select(member =>
        {
            var user = known.GetValueOrDefault(member.UserId);
            return new MemberView(member.UserId, member.Role, member.JoinedAt, user?.Username, user?.DisplayName, user?.AvatarUrl);
        });
        return view with { Members = [.. members] };
    }

    public async Task<IReadOnlyList<ConversationView>> ListAsync(IReadOnlyList<Conversation> conversations, Guid readerId, CancellationToken ct)
    {
        var others = conversations.Where(conversation => conversation.Kind is ConversationKind.Direct).Select(conversation => Other(conversation, readerId));
        var known = await users.FindAsync(others, ct);
        var marks = await memberships.OfAsync(readerId, conversations.Select(conversation => conversation.Id), ct);
        return [.. conversations.Select(conversation => View(conversation, readerId, marks.GetValueOrDefault(conversation.Id), known))];
    }

    private ConversationView View(Conversation conversation, Guid readerId, Membership? membership, IReadOnlyDictionary<Guid, KnownUser> known)
    {
        var other = conversation.Kind is ConversationKind.Direct ? known.GetValueOrDefault(Other(conversation, readerId)) : null;
        // The projection follows a send by milliseconds: whoever sent through this process sees his message at once.
        var last = tails.Newest(conversation.Id, conversation.LastMessage);
        var readSeq = membership?.ReadSeq ?? 0;
        if (last is not null && last.SenderId == readerId)
            readSeq = Math.Max(readSeq, last.Seq);

        return new ConversationView(
            conversation.Id,
            conversation.Kind,
            conversation.Title,
            conversation.Title ?? other?.DisplayName ?? Unknown,
            other?.AvatarUrl,
            conversation.Members.Count,
            conversation.Members.Count > ConversationView.MaxMemberIds ? null : [.. conversation.Members.Select(member => member.UserId)],
            last,
            readSeq,
            Math.Max(0, (last?.Seq ?? 0) - readSeq),
            membership?.MutedUntil > time.GetUtcNow(),
            membership?.MutedUntil,
            conversation.CreatedBy,
            conversation.CreatedAt,
            last?.SentAt ?? conversation.LastActivityAt);
    }

    private static Guid Other(Conversation conversation, Guid readerId) =>
        conversation.Members[0].UserId == readerId ? conversation.Members[1].UserId : conversation.Members[0].UserId;
}
