using System.Runtime.InteropServices;
using ChatApp.Contracts;
using ChatApp.Notification.Directory;
using ChatApp.Notification.Inbox;
using ChatApp.Notification.Memberships;

namespace ChatApp.Notification;

/// <summary>What a history has said so far, as the documents that its events would have made.</summary>
internal sealed class ToldHistory
{
    private readonly Dictionary<Guid, string> _names = [];
    private readonly Dictionary<BlockStore.BlockKey, BlockStore.Block> _blocks = [];
    private readonly Dictionary<MembershipKey, Membership> _memberships = [];
    private readonly Dictionary<Guid, List<MembershipKey>> _members = [];
    private readonly Dictionary<Guid, KnownConversation> _conversations = [];

    public List<UserDirectory.KnownUser> Users { get; } = [];

    public List<StoredNotification> Notifications { get; } = [];

    public IReadOnlyCollection<BlockStore.Block> Blocks => _blocks.Values;

    public IReadOnlyCollection<Membership> Memberships => _memberships.Values;

    public IReadOnlyCollection<KnownConversation> Conversations => _conversations.Values;

    /// <summary>How much is to be stored; blocks go last.</summary>
    public int Count => Users.Count + Notifications.Count + _memberships.Count;

    public int Entries => Notifications.Count + _memberships.Values.Count(membership => membership.UpdatedAt is not null);

    public void Tell(object told)
    {
        switch (told)
        {
            case ProfileUpdated profile:
                _names[profile.UserId] = profile.DisplayName;
                Users.Add(new(profile.UserId, profile.DisplayName, profile.Version));
                break;
            case BlockChanged block:
                var key = new BlockStore.BlockKey(block.BlockerId, block.BlockedId);
                _blocks[key] = new(key, block.Blocked, block.Version);
                break;
            case FriendRequested asked:
                Add(asked.AddresseeId, asked.RequesterId, NotificationKind.FriendRequest, Wording.OfFriendRequest, asked.RequestedAt);
                break;
            case FriendAccepted answered:
                Add(answered.RequesterId, answered.AddresseeId, NotificationKind.FriendAccepted, Wording.OfFriendAccepted, answered.AcceptedAt);
                break;
            case MembershipChanged changed:
                Patch(new(new(changed.ConversationId, changed.UserId)) { Settings = new(changed.MutedUntil, changed.Version) });
                break;
            case ReceiptUpdated read:
                Patch(new(new(read.ConversationId, read.UserId)) { Read = new(read.ReadSeq, read.ReadCounted, read.ReadAt) });
                break;
            case MessageSent sent:
                Tell(sent);
                break;
        }
    }

    /// <summary>What was stored; names and blocks are still needed.</summary>
    public void Forget()
    {
        Users.Clear();
        Notifications.Clear();
        _memberships.Clear();
        _members.Clear();
        _conversations.Clear();
    }

    private void Tell(MessageSent sent)
    {
        var conversation = _conversations.GetValueOrDefault(sent.ConversationId) ?? new KnownConversation(sent.ConversationId, null, null);
        if (sent.System is not null)
        {
            _conversations[sent.ConversationId] = conversation with { About = AboutPart.Of(sent) };
            foreach (var patch in MessageNews.MembersOf(sent))
                Patch(patch);
        }
        else if (sent.MemberCount <= MessageNews.MaxMembers)
        {
            var said = SaidPart.Of(sent);
            _conversations[sent.ConversationId] = conversation with { Last = said };
            Patch(MessageNews.MarkOf(sent));
            foreach (var member in _members[sent.ConversationId].Where(member => Hears(member, said)).ToArray())
                Patch(MessageNews.Tell(member, said, conversation.About, _names.GetValueOrDefault(said.SenderId)));
        }
    }

    private bool Hears(MembershipKey member, SaidPart said) =>
        _memberships[member] is { Member.Active: true } membership
        && MessageNews.For(membership, [said]).Any()
        && _blocks.GetValueOrDefault(new(member.UserId, said.SenderId)) is not { Blocked: true };

    private void Patch(MembershipPatch patch)
    {
        if (_memberships.TryAdd(patch.Key, patch.ApplyTo(null)))
            (CollectionsMarshal.GetValueRefOrAddDefault(_members, patch.Key.ConversationId, out _) ??= []).Add(patch.Key);
        else
            _memberships[patch.Key] = patch.ApplyTo(_memberships[patch.Key]);
    }

    private void Add(Guid userId, Guid actorId, NotificationKind kind, Func<string?, Wording> word, DateTimeOffset at) =>
        Notifications.Add(StoredNotification.Of(actorId, userId, kind, actorId, word(_names.GetValueOrDefault(actorId)), at));
}
