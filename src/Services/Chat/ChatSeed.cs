using System.Globalization;
using ChatApp.Chat.Conversations;
using ChatApp.Chat.Directory;
using ChatApp.Chat.Memberships;
using ChatApp.Chat.Messages;
using ChatApp.Contracts;
using ChatApp.Platform.Database;
using MongoDB.Driver;

namespace ChatApp.Chat;

/// <summary>
/// Conversations with their logs for demonstrations, and the read models. A conversation is told from its creation to its last message, then the next one; its
/// own document is stored last, so that what an interrupted seed left is known and done again.
/// </summary>
internal sealed class ChatSeed(IMongoDatabase db) : ISeed
{
    private const int BatchSize = 2_000;

    private readonly IMongoCollection<Conversation> _conversations = db.GetCollection<Conversation>(ConversationStore.Collection);
    private readonly IMongoCollection<StoredMessage> _messages = db.GetCollection<StoredMessage>(MessageStore.Collection);
    private readonly IMongoCollection<Membership> _memberships = db.GetCollection<Membership>(MembershipStore.Collection);
    private readonly IMongoCollection<KnownUser> _users = db.GetCollection<KnownUser>(UserDirectory.Collection);
    private readonly IMongoCollection<Block> _blocks = db.GetCollection<Block>(BlockStore.Collection);

    public async Task<Holding> HoldsAsync(object first, CancellationToken ct) => Holdings.Of(
        await _conversations.Find(FilterDefinition<Conversation>.Empty).AnyAsync(ct) || await _users.Find(FilterDefinition<KnownUser>.Empty).AnyAsync(ct),
        first is UserRegistered user && await _users.Find(known => known.Id == user.UserId).AnyAsync(ct));

    public async Task<IReadOnlyList<string>> StoreAsync(IAsyncEnumerable<object> history, Action<string> progress, CancellationToken ct)
    {
        List<KnownUser> users = [];
        List<Block> blocks = [];
        List<ToldConversation> batch = [];
        var (conversations, messages) = (0, 0);
        await foreach (var told in history.WithCancellation(ct))
        {
            switch (told)
            {
                case ProfileUpdated profile:
                    users.Add(new KnownUser(profile.UserId, profile.Username, profile.DisplayName, profile.AvatarUrl, profile.Version));
                    break;
                case BlockChanged block:
                    blocks.Add(new Block(Block.Key(block.BlockerId, block.BlockedId), block.BlockerId, block.BlockedId, block.Blocked, block.Version));
                    break;
                case MessageSent { System: not null } began:
                    if (batch.Sum(conversation => conversation.Messages.Count) >= BatchSize)
                        await StoreBatchAsync();
                    batch.Add(new ToldConversation(began));
                    break;
                case ReceiptUpdated receipt:
                    batch[^1].Receipts[receipt.UserId] = receipt;
                    break;
                case MessageSent sent:
                    batch[^1].Messages.Add(sent);
                    break;
            }
        }

        await StoreBatchAsync();
        return [Say(conversations, "conversations"), Say(messages, "messages")];

        async Task StoreBatchAsync()
        {
            // Users come before conversations, in the history and in the database: by the first one this history is known again.
            await _users.InsertMissingAsync(users, ct);
            await _blocks.InsertMissingAsync(blocks, ct);
            users.Clear();
            blocks.Clear();
            await StoreAsync(batch, ct);
            conversations += batch.Count;
            messages += batch.Sum(conversation => conversation.Messages.Count);
            batch.Clear();
            progress($"{Say(conversations, "conversations")}, {Say(messages, "messages")}");
        }
    }

    private async Task StoreAsync(List<ToldConversation> batch, CancellationToken ct)
    {
        var ids = batch.Select(conversation => conversation.Id);
        var stored = await _conversations.Find(Builders<Conversation>.Filter.In(conversation => conversation.Id, ids)).Project(conversation => conversation.Id).ToListAsync(ct);
        var missing = batch.ExceptBy(stored, conversation => conversation.Id).ToList();
        await _messages.InsertMissingAsync([.. missing.SelectMany(conversation => conversation.ToMessages())], ct);
        await _memberships.InsertMissingAsync([.. missing.SelectMany(conversation => conversation.ToMemberships())], ct);
        await _conversations.InsertMissingAsync([.. missing.Select(conversation => conversation.ToConversation())], ct);
    }

    private static string Say(int count, string what) => string.Create(CultureInfo.InvariantCulture, $"{count:N0} {what}");

    /// <summary>What the history says of one conversation.</summary>
    private sealed class ToldConversation(MessageSent began)
    {
        public Guid Id => began.ConversationId;

        public Dictionary<Guid, ReceiptUpdated> Receipts { get; } = [];

        public List<MessageSent> Messages { get; } = [began];

        private SystemMessage Begin => began.System!;

        public Conversation ToConversation()
        {
            var (end, last) = (Messages[^1], Messages.Count > 1 ? LastMessage.Of(Stored(Messages[^1])) : null);
            return new Conversation(
                Id,
                Begin.Kind,
                Begin.Title,
                Begin.Kind is ConversationKind.Direct ? UserPair.Key(Begin.Members[0].UserId, Begin.Members[1].UserId) : null,
                began.SenderId,
                began.SentAt,
                last,
                last?.SentAt ?? began.SentAt,
                end.Rev,
                end.Counted,
                end.MemberCount,
                began.Rev);
        }

        public IEnumerable<Membership> ToMemberships() => Begin.Members.Select(member =>
        {
            var receipt = Receipts.GetValueOrDefault(member.UserId);
            return new Membership(
                Membership.Key(Id, member.UserId),
                Id,
                member.UserId,
                Begin.Kind,
                Begin.Kind is ConversationKind.Direct ? Begin.Members.Single(other => other != member).UserId : null,
                Enum.Parse<Role>(member.Role, ignoreCase: true),
                member.Active,
                began.SentAt,
                began.Rev,
                receipt?.ReadSeq ?? began.Seq,
                receipt?.ReadCounted ?? began.Counted,
                receipt?.ReadAt,
                MutedUntil: null,
                Version: 1,
                ChangedAt: null,
                Writer: null);
        });

        public IEnumerable<StoredMessage> ToMessages() => Messages.Select(Stored);

        private StoredMessage Stored(MessageSent sent) => new(
            StoredMessage.Key(Id, sent.Seq),
            Id,
            sent.Seq,
            sent.Rev,
            sent.Counted,
            sent.MemberCount,
            sent.SenderId,
            sent.ClientMessageId,
            sent.Text,
            sent.SentAt,
            sent.System,
            sent.SentAt,
            Guid.Empty);
    }
}
