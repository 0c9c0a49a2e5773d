using ChatApp.Contracts;
using ChatApp.Platform.Messaging;

namespace ChatApp.Chat.Memberships;

/// <summary>What a membership tells others: how far the member has read, and his settings.</summary>
internal static class MembershipEvents
{
    /// <summary>Publishes both, whichever has changed: what another process changed before and did not publish went with its mark in the document.</summary>
    public static void Announce(IReadOnlyList<Membership> memberships, Change change)
    {
        foreach (var membership in memberships)
        {
            var name = Convert.ToHexString(membership.Id);
            if (membership.Version > 1)
                change.Publish(Settings(membership), $"settings {name}");
            if (membership.ReadAt is not null)
                change.Publish(Receipt(membership), $"receipt {name}");
        }
    }

    public static OutboxEvent Settings(Membership membership)
    {
        var at = membership.ChangedAt ?? membership.JoinedAt;
        return OutboxEvent.From(
            new MembershipChanged(membership.ConversationId, membership.UserId, membership.MutedUntil, membership.Version, at),
            at,
            OutboxEvent.IdOf(at, Both(membership), membership.Version * 2));
    }

    public static OutboxEvent Receipt(Membership membership)
    {
        var at = membership.ReadAt ?? membership.JoinedAt;
        return OutboxEvent.From(
            new ReceiptUpdated(membership.ConversationId, membership.UserId, membership.ReadSeq, membership.ReadCounted, at),
            at,
            OutboxEvent.IdOf(at, Both(membership), (membership.ReadSeq * 2) + 1));
    }

    /// <summary>One id of the two that name a membership.</summary>
    private static Guid Both(Membership membership)
    {
        var both = membership.Id[..16];
        for (var i = 0; i < both.Length; i++)
            both[i] ^= membership.Id[16 + i];
        return new Guid(both, bigEndian: true);
    }
}
