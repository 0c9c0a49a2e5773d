using System.Text.Json;
using ChatApp.Contracts;
using ChatApp.Testing;

namespace ChatApp.Gateway.Tests.RealTime;

/// <summary>What a delivery of several events becomes.</summary>
public sealed class BatchTests(StreamApi gateway) : IClassFixture<StreamApi>
{
    private readonly Guid _ann = Guid.NewGuid(), _bob = Guid.NewGuid();

    [Fact]
    public async Task Messages_of_a_conversation_come_in_its_order_whatever_the_batch_did_to_it()
    {
        var (one, other) = (gateway.Conversation(_ann), gateway.Conversation(_ann));
        await using var anns = await gateway.OpenAsync(_ann);
        long[] shuffled = [5, 2, 4, 6, 3];

        await gateway.DeliverTogetherAsync([.. from seq in shuffled
                                               from conversation in (Guid[])[one, other]
                                               select Events.Message(conversation, _bob, seq)]);

        var arrived = new List<(Guid Conversation, long Seq)>();
        for (var n = 0; n < 10; n++)
            arrived.Add(Place((await anns.NextAsync()).Json));
        Assert.Equal([2, 3, 4, 5, 6], arrived.Where(place => place.Conversation == one).Select(place => place.Seq));
        Assert.Equal([2, 3, 4, 5, 6], arrived.Where(place => place.Conversation == other).Select(place => place.Seq));
    }

    [Fact]
    public async Task Who_joins_in_a_batch_that_lost_its_order_gets_what_follows_in_it()
    {
        var conversation = Guid.NewGuid();
        await using var anns = await gateway.OpenAsync(_ann);

        await gateway.DeliverTogetherAsync(
            Events.Message(conversation, _bob, 3), Events.Message(conversation, _bob, 1), Events.Added(conversation, _bob, 2, _ann));

        Assert.Equal("conversation", (await anns.NextAsync()).Name);
        Assert.Equal((conversation, 2), Place((await anns.NextAsync()).Json));
        Assert.Equal((conversation, 3), Place((await anns.NextAsync()).Json));
    }

    [Fact]
    public async Task A_message_that_is_late_is_shown_all_the_same()
    {
        var conversation = gateway.Conversation(_ann);
        await using var anns = await gateway.OpenAsync(_ann);

        await gateway.DeliverAsync(Events.Message(conversation, _bob, 3));
        await gateway.DeliverAsync(Events.Message(conversation, _bob, 2));

        Assert.Equal((conversation, 3), Place((await anns.NextAsync()).Json));
        Assert.Equal((conversation, 2), Place((await anns.NextAsync()).Json));
    }

    [Fact]
    public async Task A_message_that_is_delivered_twice_is_shown_once_in_one_batch_and_across_two()
    {
        var conversation = gateway.Conversation(_ann);
        await using var anns = await gateway.OpenAsync(_ann);
        var (first, second) = (Delivery.Of(Events.Message(conversation, _bob, 2)), Delivery.Of(Events.Message(conversation, _bob, 3)));

        await gateway.DeliverAsync(MessageSent.Topic, first, first, second);
        await gateway.DeliverAsync(MessageSent.Topic, second, first, Delivery.Of(Events.Message(conversation, _bob, 4)));

        for (var seq = 2; seq <= 4; seq++)
            Assert.Equal((conversation, seq), Place((await anns.NextAsync()).Json));
    }

    [Fact]
    public async Task A_batch_of_receipts_is_one_event_for_each_conversation_with_the_newest_of_each_reader()
    {
        var conversation = gateway.Conversation(_ann, _bob);
        await using var anns = await gateway.OpenAsync(_ann);

        await gateway.DeliverAsync(
            ReceiptUpdated.Topic,
            Delivery.Of(new ReceiptUpdated(conversation, _bob, 4, 3, Events.Noon)),
            Delivery.Of(new ReceiptUpdated(Guid.NewGuid(), _bob, 9, 8, Events.Noon)),
            Delivery.Of(new ReceiptUpdated(conversation, _bob, 2, 1, Events.Noon)));

        var receipts = await anns.NextAsync();
        var receipt = $$"""{"userId":"{{_bob}}","readSeq":4,"readAt":"2026-01-02T12:00:00+00:00"}""";
        Assert.Equal(("receipts", $$"""{"conversationId":"{{conversation}}","receipts":[{{receipt}}]}"""), (receipts.Name, receipts.Data));
    }

    [Fact]
    public async Task Ten_people_who_read_ten_conversations_cost_a_hundred_events()
    {
        var people = Enumerable.Range(0, 10).Select(_ => Guid.NewGuid()).ToArray();
        var conversations = Enumerable.Range(0, 10).Select(_ => gateway.Conversation(people)).ToArray();
        var streams = await Task.WhenAll(people.Select(person => gateway.OpenAsync(person)));

        await gateway.DeliverAsync(ReceiptUpdated.Topic, [.. from conversation in conversations
                                                             from person in people
                                                             select Delivery.Of(new ReceiptUpdated(conversation, person, 2, 1, Events.Noon))]);
        await gateway.DeliverTogetherAsync([.. people.Select(person => Events.Created(Guid.NewGuid(), person, person))]);

        foreach (var stream in streams)
        {
            Assert.Equal([.. Enumerable.Repeat("receipts", 10), "conversation"], await stream.NamesAsync(11));
            await stream.DisposeAsync();
        }
    }

    [Fact]
    public async Task Of_a_persons_own_settings_the_newest_of_a_batch_is_shown()
    {
        var conversation = gateway.Conversation(_ann);
        await using var anns = await gateway.OpenAsync(_ann);

        await gateway.DeliverAsync(
            MembershipChanged.Topic,
            Delivery.Of(new MembershipChanged(conversation, _ann, Events.Noon.AddHours(1), 3, Events.Noon)),
            Delivery.Of(new MembershipChanged(conversation, _ann, null, 2, Events.Noon)));

        var times = ("2026-01-02T13:00:00+00:00", "2026-01-02T12:00:00+00:00");
        Assert.Equal(
            $$"""{"conversationId":"{{conversation}}","mutedUntil":"{{times.Item1}}","version":3,"changedAt":"{{times.Item2}}"}""",
            (await anns.NextAsync()).Data);
    }

    [Fact]
    public async Task What_a_batch_changes_in_an_inbox_is_one_event_with_the_newest_of_each_entry()
    {
        var (changed, read) = (Guid.NewGuid(), Guid.NewGuid());
        await using var anns = await gateway.OpenAsync(_ann);
        var newer = Delivery.Of(new InboxChanged(Guid.NewGuid(), [
            Events.Entry(_ann, changed, 3, Events.Noon.AddSeconds(2)),
            Events.Entry(_bob, Guid.NewGuid()),
            Events.Entry(_ann, read, 0, Events.Noon, Events.Noon)]));
        var older = Delivery.Of(new InboxChanged(Guid.NewGuid(), [Events.Entry(_ann, changed, 2)]));

        await gateway.DeliverAsync(InboxChanged.Topic, newer, older, newer);

        var inbox = await anns.NextAsync();
        var items = inbox.Json.GetProperty("items").EnumerateArray().ToDictionary(item => item.GetProperty("id").GetGuid());
        Assert.Equal(("notifications", 2), (inbox.Name, items.Count));
        Assert.Equal(
            ["id", "kind", "actorId", "title", "text", "conversationId", "firstSeq", "lastSeq", "count", "updatedAt", "readAt"],
            items[changed].EnumerateObject().Select(field => field.Name));
        Assert.Equal(3, items[changed].GetProperty("count").GetInt64());
        Assert.Equal(JsonValueKind.Null, items[changed].GetProperty("readAt").ValueKind);
        Assert.Equal(Events.Noon, items[read].GetProperty("readAt").GetDateTimeOffset());
    }

    private static (Guid Conversation, long Seq) Place(JsonElement message) =>
        (message.GetProperty("conversationId").GetGuid(), message.GetProperty("seq").GetInt64());
}
