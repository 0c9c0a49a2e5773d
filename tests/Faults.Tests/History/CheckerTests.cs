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
        AssertFinds("P1", Kept() with { Acknowledged = [.. Kept().Acknowledged, Said(5, Alice)] });

    [Fact]
    public void An_acknowledged_message_that_stands_elsewhere_is_found() =>
        AssertFinds("P1", Kept() with { Acknowledged = [Kept().Acknowledged[0] with { Text = "other" }] });

    [Fact]
    public void A_key_with_two_messages_is_found() => AssertFinds("P2", Changed(history => [.. history, history[1] with { Seq = 5, Rev = 5 }]));

    [Fact]
    public void A_gap_is_found() => AssertFinds("P3", Changed(history => [history[0], history[1], history[3]]));

    [Fact]
    public void Two_readers_with_two_orders_are_found()
    {
        var (kept, other) = (Kept(), Changed(history => [history[0], history[1], history[3] with { Seq = 3 }, history[2] with { Seq = 4 }]));
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

    [Fact]
    public void A_message_that_counts_wrongly_is_found() => AssertFinds("P3", Changed(history => [.. history[..3], history[3] with { Counted = 4 }]));

    [Theory]
    [InlineData(0, 0)]
    [InlineData(4, 2)]
    [InlineData(3, 1)]
    public void A_notification_that_is_missing_or_counts_wrongly_is_found(long lastSeq, long count)
    {
        var kept = Kept();
        AssertFinds("P5", kept with { Seen = [kept.Seen[0], kept.Seen[1] with { Notified = lastSeq == 0 ? [] : [new Notified(lastSeq, count)] }] });
    }

    [Fact]
    public void A_second_entry_for_a_conversation_and_one_of_ones_own_messages_are_found()
    {
        var kept = Kept();
        AssertFinds("P5", kept with { Seen = [kept.Seen[0], kept.Seen[1] with { Notified = [new Notified(4, 1), new Notified(4, 1)] }] });
        AssertFinds("P5", kept with { Seen = [kept.Seen[0] with { Notified = [new Notified(3, 1)] }, kept.Seen[1]] });
    }

    [Theory]
    [InlineData(3, 0)]
    [InlineData(4, 1)]
    public void A_list_that_is_behind_its_log_is_found(long listedSeq, long unread)
    {
        var kept = Kept();
        AssertFinds("P6", kept with { Seen = [kept.Seen[0] with { ListedSeq = listedSeq, Unread = unread }, kept.Seen[1]] });
    }

    private static void AssertFinds(string promise, Evidence evidence) =>
        Assert.Contains(Checker.Check(evidence), finding => finding.StartsWith(promise, StringComparison.Ordinal));

    /// <summary>The conversation begins; then Alice, Bob, Alice.</summary>
    private static Evidence Kept()
    {
        Message[] history = [Began, Said(2, Alice), Said(3, Bob), Said(4, Alice)];
        return new Evidence(
            Conversation,
            history[1..],
            [new Seen(Alice, history, history, [], 4, 0), new Seen(Bob, history, history, [new Notified(4, 1)], 4, 1)]);
    }

    private static Evidence Changed(Func<Message[], Message[]> change)
    {
        var kept = Kept();
        return kept with { Seen = [.. kept.Seen.Select(seen => seen with { History = change([.. seen.History]) })] };
    }

    private static Message Began => new(Conversation, 1, 1, 0, Alice, Guid.Empty, "", "created");

    private static Message Said(long seq, Guid sender) => new(Conversation, seq, seq, seq - 1, sender, new Guid((int)seq, 0, 0, new byte[8]), $"message {seq}");
}
