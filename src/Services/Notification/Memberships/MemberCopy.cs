using System.Text.Json;
using ChatApp.Contracts;
using ChatApp.Platform.ReadModels;
using MongoDB.Bson;
using MongoDB.Driver;

namespace ChatApp.Notification.Memberships;

/// <summary>Who is a member of what, to be held against the chat service's own.</summary>
internal sealed class MemberCopy(IMongoDatabase db)
    : PartCopy<MembershipKey, Membership, MemberPart>("members", db.GetCollection<Membership>(MembershipStore.Collection))
{
    protected override MembershipKey KeyOf(Membership document) => document.Id;

    protected override MemberPart? PartOf(Membership document) => document.Member;

    protected override IEnumerable<(MembershipKey Key, MemberPart Part)> Read(string type, JsonElement data) =>
        type == MessageSent.Type && OwnedState.Event<MessageSent>(data) is { System: { } system } said
            ? system.Members.Select(member => (new MembershipKey(said.ConversationId, member.UserId), new MemberPart(member.Role, member.Active, said.Rev)))
            : [];

    /// <summary>The owner speaks of members only.</summary>
    protected override bool IsSame(MembershipKey key, MemberPart? kept, MemberPart? owned) => owned is null ? kept?.Active is not true : kept == owned;

    protected override string Words(MemberPart part) => $"{(part.Active ? "a member" : "no member")} since change {part.Rev}";

    protected override UpdateOneModel<Membership> Repair(MembershipKey key, MemberPart? kept, MemberPart? owned) => MembershipPatch.Put(
        key,
        new BsonDocument("member", Parts.Literal(owned ?? kept! with { Active = false })),
        where: Builders<Membership>.Filter.Eq("member.rev", kept?.Rev));
}
