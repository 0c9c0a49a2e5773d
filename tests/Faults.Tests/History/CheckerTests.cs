using ChatApp.Faults.Tests.Load;

namespace ChatApp.Faults.Tests.History;

/// <summary>A checker that finds nothing must have found something before: each broken promise, on its own, is named.</summary>
public sealed class CheckerTests
{
    private static readonly Guid Conversation = Guid.NewGuid(), Alice = Guid.NewGuid(), Bob = Guid.NewGuid();

    [Fact]
    public void A_history_that_keeps_the_promises_is_no_finding() => Assert.Empty(Checker.Check(Kept()));

    [Fact]
    public void An_acknowledged_message_that_is_gone_is_found() =>
        AssertFinds("P1", Kept() with { Acknowledged = [.. Kept().Acknowledged, Said(4, Alice)] });

    [Fact]
    public void An_acknowledged_message_that_stands_elsewhere_is_found() =>
        AssertFinds("P1", Kept() with { Acknowledged = [Kept().Acknowledged[0] with { Text = "other" }] });

    [Fact]
    public void A_key_with_two_messages_is_found() => AssertFinds("P2", Changed(history => [.. history, history[0] with { Seq = 4, Rev = 4 }]));

    [Fact]
    public void A_gap_is_found() => AssertFinds("P3", Changed(history => [history[0], history[2]]));

    [Fact]
    public void Two_readers_with_two_orders_are_found()
    {
        var (kept, other) = (Kept(), Changed(history => [history[0], history[2] with { Seq = 2 }, history[1] with { Seq = 3 }]));
        AssertFinds("P3", kept with { Seen = [kept.Seen[0], other.Seen[1]] });
    }

    [Fact]
    public void A_sender_whose_messages_changed_places_is_found()
    {
        var kept = Kept();
        AssertFinds("P3", kept with { Acknowledged = [.. kept.Acknowledged.Reverse()] });
    }

    [Fact]
    public void A_client_that_lacks_a_message_is_found()
    {
        var kept = Kept();
        AssertFinds("P4", kept with { Seen = [kept.Seen[0] with { Client = [.. kept.Seen[0].Client.Skip(1)] }, kept.Seen[1]] });
    }

    [Theory]
    [InlineData(new long[] { 1 })]
    [InlineData(new long[] { 1, 3, 3 })]
    [InlineData(new long[] { 1, 2, 3 })]
    public void A_notification_that_is_missing_or_doubled_or_of_ones_own_message_is_found(long[] notified)
    {
        var kept = Kept();
        AssertFinds("P5", kept with { Seen = [kept.Seen[0], kept.Seen[1] with { Notified = notified }] });
    }

    [Theory]
    [InlineData(2, 0)]
    [InlineData(3, 1)]
    public void A_list_that_is_behind_its_log_is_found(long listedSeq, long unread)
    {
        var kept = Kept();
        AssertFinds("P6", kept with { Seen = [kept.Seen[0] with { ListedSeq = listedSeq, Unread = unread }, kept.Seen[1]] });
    }

    private static void AssertFinds(string promise, Evidence evidence) =>
        Assert.Contains(Checker.Check(evidence), finding => finding.StartsWith(promise, StringComparison.Ordinal));

    /// <summary>Alice, Bob, Alice.</summary>
    private static Evidence Kept()
    {
        Message[] history = [Said(1, Alice), Said(2, Bob), Said(3, Alice)];
        return new Evidence(Conversation, history, [new Seen(Alice, history, history, [2], 3, 0), new Seen(Bob, history, history, [1, 3], 3, 1)]);
    }

    private static Evidence Changed(Func<IReadOnlyList<Message>, IReadOnlyList<Message>> change)
    {
        var kept = Kept();
        return kept with { Seen = [.. kept.Seen.Select(seen => seen with { History = change(seen.History) })] };
    }

    private static Message Said(long seq, Guid sender) => new(Conversation, seq, seq, sender, new Guid((int)seq, 0, 0, new byte[8]), $"message {seq}");
}
