using ChatApp.Platform.Messaging;
using MongoDB.Bson;
using MongoDB.Driver;

namespace ChatApp.Notification.Memberships;

/// <summary>Parts of a membership that may be newer than what is stored. In the same step the store derives what follows from the parts.</summary>
internal sealed record MembershipPatch(MembershipKey Key)
{
    /// <summary>A message is shown to who was a member when it was sent, and still is.</summary>
    private const string IsShown = """{ $and: ["$member.active", { $gt: ["$last.rev", "$member.rev"] }] }""";

    private static readonly BsonDocument Derive = BsonDocument.Parse($$"""
        {
          $set: {
            updatedAt: { $cond: [{{IsShown}}, "$last.sentAt", "$$REMOVE"] },
            unread: { $and: [{{IsShown}}, { $gt: ["$last.seq", "$read.seq"] }, { $gt: ["$last.seq", "$seen.seq"] }] },
            wasUnread: "$unread"
          }
        }
        """);

    private static readonly BsonDocument IsTold = BsonDocument.Parse("""{ $or: ["$unread", "$wasUnread"] }""");
    private static readonly BsonDocument Forget = BsonDocument.Parse("""{ $unset: "wasUnread" }""");

    public MemberPart? Member { get; init; }

    public SettingsPart? Settings { get; init; }

    public MarkPart? Read { get; init; }

    public MarkPart? Seen { get; init; }

    public MessagePart? Last { get; init; }

    /// <summary>Whether the inbox may change by it. Settings say only what comes.</summary>
    public bool ConcernsInbox => Member is not null || Read is not null || Seen is not null || Last is not null;

    /// <summary>Both in one: the newer of each part.</summary>
    public MembershipPatch With(MembershipPatch other) => new(Key)
    {
        Member = Newer(Member, other.Member, part => part.Rev),
        Settings = Newer(Settings, other.Settings, part => part.Version),
        Read = Newer(Read, other.Read, part => part.Seq),
        Seen = Newer(Seen, other.Seen, part => part.Seq),
        Last = Newer(Last, other.Last, part => part.Seq),
    };

    /// <param name="change">The document names it if an unread entry comes, changes or goes by it: then it is to be told.</param>
    public UpdateOneModel<Membership> ToUpdate(Change change)
    {
        var set = new BsonDocument();
        set.SetNewer("member", Member, "rev", Member?.Rev);
        set.SetNewer("settings", Settings, "version", Settings?.Version);
        set.SetNewer("read", Read, "seq", Read?.Seq);
        set.SetNewer("seen", Seen, "seq", Seen?.Seq);
        set.SetNewer("last", Last, "seq", Last?.Seq);
        return ConcernsInbox ? Put(Key, set, Told(change)) : Put(Key, set);
    }

    /// <summary>The same, of a document that is not stored yet.</summary>
    public Membership ApplyTo(Membership? made)
    {
        var stored = new MembershipPatch(Key) { Member = made?.Member, Settings = made?.Settings, Read = made?.Read, Seen = made?.Seen, Last = made?.Last };
        var both = stored.With(this);
        var (member, read, seen, last) = (both.Member, both.Read, both.Seen, both.Last);
        var isShown = member is { Active: true } && last?.Rev > member.Rev;
        return new Membership(
            Key,
            Key.ConversationId,
            Key.UserId,
            member,
            both.Settings,
            read,
            seen,
            last,
            isShown && last!.Seq > (read?.Seq ?? 0) && last.Seq > (seen?.Seq ?? 0),
            isShown ? last!.SentAt : null,
            ChangedAt: null,
            Writer: null);
    }

    /// <summary>Sets parts whatever is stored, and tells nobody.</summary>
    public static UpdateOneModel<Membership> Put(MembershipKey key, BsonDocument set, BsonDocument? told = null, FilterDefinition<Membership>? where = null)
    {
        set["conversationId"] = new BsonBinaryData(key.ConversationId, GuidRepresentation.Standard);
        set["userId"] = new BsonBinaryData(key.UserId, GuidRepresentation.Standard);
        var document = Builders<Membership>.Filter.Eq(stored => stored.Id, key);
        return told is null
            ? Parts.Upsert(where is null ? document : document & where, new BsonDocument("$set", set), Derive, Forget)
            : Parts.Upsert(document, new BsonDocument("$set", set), Derive, told, Forget);
    }

    private static BsonDocument Told(Change change) => new("$set", new BsonDocument
    {
        ["changedAt"] = Parts.Either(IsTold, new BsonDateTime(change.At.UtcDateTime), "$changedAt"),
        ["writer"] = Parts.Either(IsTold, new BsonBinaryData(change.Writer, GuidRepresentation.Standard), "$writer"),
    });

    private static T? Newer<T>(T? one, T? other, Func<T, long> number)
        where T : class => one is null || (other is not null && number(other) > number(one)) ? other : one;
}
