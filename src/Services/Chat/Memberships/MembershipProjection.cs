using ChatApp.Chat.Messages;
using ChatApp.Contracts;
using MongoDB.Driver;

namespace ChatApp.Chat.Memberships;

/// <summary>Makes memberships of what the log says of members.</summary>
internal sealed class MembershipProjection(IMongoDatabase db)
{
    private static readonly FilterDefinitionBuilder<Membership> Where = Builders<Membership>.Filter;
    private static readonly UpdateDefinitionBuilder<Membership> Change = Builders<Membership>.Update;

    private readonly IMongoCollection<Membership> _memberships = db.GetCollection<Membership>(MembershipStore.Collection);

    /// <summary>Takes changes of members over from the log, unless what is there is newer. Who joins has nothing unread.</summary>
    public async Task ApplyAsync(IReadOnlyList<StoredMessage> changes, CancellationToken ct)
    {
        var newest = new Dictionary<(Guid ConversationId, Guid UserId), (StoredMessage Message, MemberChange Member)>();
        foreach (var message in changes.OrderBy(message => message.Rev))
        {
            foreach (var member in message.System!.Members)
                newest[(message.ConversationId, member.UserId)] = (message, member);
        }

        // Most of the time somebody has done it already. That a write fails means that another writer has come between: what is left is looked at again.
        while (newest.Count > 0)
        {
            var stored = await _memberships
                .Find(Where.In(membership => membership.Id, newest.Keys.Select(one => Membership.Key(one.ConversationId, one.UserId))))
                .Project(membership => new { membership.ConversationId, membership.UserId, membership.Rev })
                .ToListAsync(ct);
            foreach (var known in stored.Where(known => known.Rev >= newest[(known.ConversationId, known.UserId)].Message.Rev))
                newest.Remove((known.ConversationId, known.UserId));

            if (newest.Count == 0 || await TryWriteAsync(newest.Values.Select(change => Apply(change.Message, change.Member)), ct))
                return;
        }
    }

    /// <summary>The membership that a person has after the last change of it.</summary>
    /// <param name="before">What is the person's own stays.</param>
    public static Membership Of(StoredMessage message, MemberChange member, Membership? before)
    {
        var (seq, counted) = before is not null && before.ReadSeq > message.Seq ? (before.ReadSeq, before.ReadCounted) : (message.Seq, message.Counted);
        return new Membership(
            Membership.Key(message.ConversationId, member.UserId),
            message.ConversationId,
            member.UserId,
            message.System!.Kind,
            OtherId(message.System, member),
            Enum.Parse<Role>(member.Role, ignoreCase: true),
            member.Active,
            member.Active || before is null ? message.SentAt : before.JoinedAt,
            message.Rev,
            seq,
            counted,
            before?.ReadAt,
            before?.MutedUntil,
            before?.Version ?? 1,
            before?.ChangedAt,
            before?.Writer);
    }

    private static UpdateOneModel<Membership> Apply(StoredMessage message, MemberChange member)
    {
        var change = Change
            .Set(membership => membership.Active, member.Active)
            .Set(membership => membership.Rev, message.Rev)
            .Set(membership => membership.Role, Enum.Parse<Role>(member.Role, ignoreCase: true))
            .SetOnInsert(membership => membership.ConversationId, message.ConversationId)
            .SetOnInsert(membership => membership.UserId, member.UserId)
            .SetOnInsert(membership => membership.Kind, message.System!.Kind)
            .SetOnInsert(membership => membership.Version, 1)
            .Max(membership => membership.ReadSeq, message.Seq)
            .Max(membership => membership.ReadCounted, message.Counted);
        change = member.Active
            ? change.Set(membership => membership.JoinedAt, message.SentAt)
            : change.SetOnInsert(membership => membership.JoinedAt, message.SentAt);
        if (OtherId(message.System!, member) is { } other)
            change = change.SetOnInsert(membership => membership.OtherId, other);
        return new UpdateOneModel<Membership>(
            Where.Eq(membership => membership.Id, Membership.Key(message.ConversationId, member.UserId)) & Where.Lt(membership => membership.Rev, message.Rev),
            change)
        { IsUpsert = true };
    }

    private static Guid? OtherId(SystemMessage change, MemberChange member) =>
        change.Kind is ConversationKind.Direct ? change.Members.Single(other => other.UserId != member.UserId).UserId : null;

    /// <summary>False if another writer was inserting one of them, or something newer, at the same time.</summary>
    private async Task<bool> TryWriteAsync(IEnumerable<UpdateOneModel<Membership>> changes, CancellationToken ct)
    {
        try
        {
            await _memberships.BulkWriteAsync(changes, new BulkWriteOptions { IsOrdered = false }, ct);
            return true;
        }
        catch (MongoBulkWriteException<Membership> exception)
            when (exception.WriteErrors.Count > 0 && exception.WriteErrors.All(error => error.Category == ServerErrorCategory.DuplicateKey))
        {
            return false;
        }
    }
}
