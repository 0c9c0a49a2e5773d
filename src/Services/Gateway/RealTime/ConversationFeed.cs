using ChatApp.Contracts;
using ChatApp.Platform.Messaging;

namespace ChatApp.Gateway.RealTime;

/// <summary>Shows what happens beside a conversation's log. Of what changed several times in a batch only the newest is shown.</summary>
internal sealed class ConversationFeed(LiveStreams streams, OnlineMembers members)
{
    public void Show(IEnumerable<Received> batch)
    {
        var events = batch.ToArray();
        foreach (var receipts in Of<ReceiptUpdated>(events).GroupBy(receipt => receipt.ConversationId))
            Show(receipts.Key, receipts);
        foreach (var versions in Of<MembershipChanged>(events).GroupBy(membership => (membership.UserId, membership.ConversationId)))
            Show(versions.MaxBy(membership => membership.Version)!);
    }

    private void Show(Guid conversationId, IEnumerable<ReceiptUpdated> receipts)
    {
        var online = members.Of(conversationId);
        if (online.Count == 0)
            return;

        var newest = receipts.GroupBy(receipt => receipt.UserId, (_, ofOne) => ofOne.MaxBy(receipt => receipt.ReadSeq)!)
            .Select(receipt => new LiveReceipt(receipt.UserId, receipt.ReadSeq, receipt.ReadAt));
        var frame = Frame.Of("receipts"u8, new LiveReceipts(conversationId, [.. newest]), StreamJson.Default.LiveReceipts);
        foreach (var person in online)
            person.Send(frame);
    }

    private static IEnumerable<T> Of<T>(IEnumerable<Received> events)
        where T : IEvent => events.OfType<Received<T>>().Select(received => received.Event);

    private void Show(MembershipChanged e) => streams.Find(e.UserId)?.Send(Frame.Of(
        "membership"u8, new LiveMembership(e.ConversationId, e.MutedUntil, e.Version, e.ChangedAt), StreamJson.Default.LiveMembership));
}
