using System.Text.Json;
using ChatApp.Contracts;
using ChatApp.Platform.ReadModels;
using MongoDB.Bson;
using MongoDB.Driver;

namespace ChatApp.Notification.Directory;

/// <summary>What conversations are called, to be held against the chat service's own. The owner does not speak of one that nobody is in.</summary>
internal sealed class ConversationCopy(IMongoDatabase db)
    : PartCopy<Guid, KnownConversation, AboutPart>("conversations", db.GetCollection<KnownConversation>(ConversationDirectory.Collection))
{
    protected override Guid KeyOf(KnownConversation document) => document.Id;

    protected override AboutPart? PartOf(KnownConversation document) => document.About;

    protected override IEnumerable<(Guid Key, AboutPart Part)> Read(string type, JsonElement data) =>
        type == MessageSent.Type && OwnedState.Event<MessageSent>(data) is { System: not null } said ? [(said.ConversationId, AboutPart.Of(said))] : [];

    /// <summary>The owner says since when its members are in it; what is kept may be of a change since, which is none of the name.</summary>
    protected override bool IsSame(Guid key, AboutPart? kept, AboutPart? owned) => owned is null || (kept?.Kind == owned.Kind && kept.Title == owned.Title);

    protected override string Words(AboutPart part) => $"the name of change {part.Rev}";

    protected override UpdateOneModel<KnownConversation> Repair(Guid key, AboutPart? kept, AboutPart? owned)
    {
        var unchanged = Builders<KnownConversation>.Filter.Eq("_id", key) & Builders<KnownConversation>.Filter.Eq("about.rev", kept?.Rev);
        var right = owned! with { Rev = Math.Max(owned.Rev, kept?.Rev ?? 0) };
        return Parts.Upsert(unchanged, new BsonDocument("$set", new BsonDocument("about", Parts.Literal(right))));
    }
}
