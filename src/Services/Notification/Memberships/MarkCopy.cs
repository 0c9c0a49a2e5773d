using System.Text.Json;
using ChatApp.Contracts;
using ChatApp.Notification.Inbox;
using ChatApp.Platform.ReadModels;
using MongoDB.Bson;
using MongoDB.Driver;

namespace ChatApp.Notification.Memberships;

/// <summary>What is a member's own.</summary>
internal sealed record OwnParts(SettingsPart? Settings, MarkPart? Read);

/// <summary>
/// How far members have read and until when they muted, to be held against the chat service's own. A mark here may be further than its owner's, which follows its
/// log at a distance. It may be behind in a large conversation, whose messages are not looked at: there who writes has read, but does not say so.
/// </summary>
internal sealed class MarkCopy(IMongoDatabase db)
    : PartCopy<MembershipKey, Membership, OwnParts>("memberships", db.GetCollection<Membership>(MembershipStore.Collection))
{
    private readonly Dictionary<Guid, int> _members = [];

    protected override MembershipKey KeyOf(Membership document) => document.Id;

    protected override OwnParts? PartOf(Membership document) => new(document.Settings, document.Read);

    protected override IEnumerable<(MembershipKey Key, OwnParts Part)> Read(string type, JsonElement data)
    {
        if (type == MembershipChanged.Type && OwnedState.Event<MembershipChanged>(data) is { } settings)
            return [(new(settings.ConversationId, settings.UserId), new OwnParts(new SettingsPart(settings.MutedUntil, settings.Version), null))];
        if (type != ReceiptUpdated.Type || OwnedState.Event<ReceiptUpdated>(data) is not { } read)
            return [];

        _members[read.ConversationId] = _members.GetValueOrDefault(read.ConversationId) + 1;
        return [(new(read.ConversationId, read.UserId), new OwnParts(null, new MarkPart(read.ReadSeq, read.ReadCounted, read.ReadAt)))];
    }

    protected override OwnParts Join(OwnParts one, OwnParts other) => new(other.Settings ?? one.Settings, other.Read ?? one.Read);

    /// <summary>The owner speaks of members only.</summary>
    protected override bool IsSame(MembershipKey key, OwnParts? kept, OwnParts? owned) =>
        owned is null || (IsSame(kept?.Settings, owned.Settings) && IsSame(key, kept?.Read, owned.Read));

    protected override string Words(OwnParts part) => $"settings of version {part.Settings?.Version ?? 1}, read up to {part.Read?.Seq ?? 0}";

    protected override UpdateOneModel<Membership> Repair(MembershipKey key, OwnParts? kept, OwnParts? owned)
    {
        var right = new BsonDocument();
        if (!IsSame(kept?.Settings, owned!.Settings))
            right["settings"] = Parts.Literal(owned.Settings!);
        if (!IsSame(key, kept?.Read, owned.Read))
            right["read"] = Parts.Literal(owned.Read!);
        var filter = Builders<Membership>.Filter;
        return MembershipPatch.Put(key, right, where: filter.Eq("settings.version", kept?.Settings?.Version) & filter.Eq("read.seq", kept?.Read?.Seq));
    }

    /// <summary>Before they are changed for the first time, settings have version 1, and nothing is told.</summary>
    private static bool IsSame(SettingsPart? kept, SettingsPart? owned) =>
        owned is null || ((kept?.Version ?? 1) == owned.Version && kept?.MutedUntil == owned.MutedUntil);

    private bool IsSame(MembershipKey key, MarkPart? kept, MarkPart? owned) =>
        owned is null
        || kept?.Seq > owned.Seq
        || (kept?.Seq == owned.Seq && kept.Counted == owned.Counted)
        || (kept?.Seq < owned.Seq && _members.GetValueOrDefault(key.ConversationId) > MessageNews.MaxMembers);
}
