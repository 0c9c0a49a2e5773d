using System.Text.Json;
using ChatApp.Contracts;
using ChatApp.Platform.ReadModels;
using MongoDB.Bson;
using MongoDB.Driver;

namespace ChatApp.Notification.Directory;

/// <summary>What conversations are called, to be held against the chat service's own. The owner does not speak of one that nobody is in.</summary>
internal sealed class ConversationCopy(IMongoDatabase db)
    : VersionedPartCopy<Guid, KnownConversation, ConversationInfo>(
        ConversationDirectory.Collection, db.GetCollection<KnownConversation>(ConversationDirectory.Collection))
{
    protected override Guid KeyOf(KnownConversation document) => document.Id;

    protected override ConversationInfo? PartOf(KnownConversation document) => document.Info;

    protected override IEnumerable<(Guid Key, ConversationInfo Part)> Read(string type, JsonElement data) =>
        type == MessageSent.Type && OwnedState.Event<MessageSent>(data) is { System: not null } sent
            ? [(sent.ConversationId, ConversationInfo.Of(sent))]
            : [];

    /// <summary>The owner says since when its members are in it; what is kept may be of a change since, which is none of the name.</summary>
    protected override bool IsSame(Guid key, ConversationInfo? kept, ConversationInfo? owned) =>
        owned is null || (kept?.Kind == owned.Kind && kept.Title == owned.Title);

    protected override string Words(ConversationInfo part) => $"the name of change {part.Rev}";

    protected override UpdateOneModel<KnownConversation> Repair(Guid key, ConversationInfo? kept, ConversationInfo? owned)
    {
        var right = owned! with { Rev = Math.Max(owned.Rev, kept?.Rev ?? 0) };
        return VersionedParts.Upsert(
            Builders<KnownConversation>.Filter.Eq("_id", key) & VersionedParts.IsStill<KnownConversation>("info", "rev", kept?.Rev),
            new BsonDocument("$set", new BsonDocument("info", VersionedParts.Literal(right))));
    }
}
