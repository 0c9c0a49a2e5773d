using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using ChatApp.Contracts;

namespace ChatApp.Chat.Tests;

/// <summary>What a conversation is to one of its members: how far he has read, and whether he wants to hear of it.</summary>
public sealed class MarkTests(ChatApi chat) : IClassFixture<ChatApi>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_read_mark_moves_forward_only_and_not_past_the_last_message()
    {
        var (ann, bob) = (await chat.PersonAsync(), await chat.PersonAsync());
        var conversation = await ann.StartDirectAsync(bob);
        for (var i = 0; i < 5; i++)
            await ann.SendAsync(conversation);

        Assert.Equal((4, 2), await bob.ReadAsync(conversation, 4));
        Assert.Equal((4, 2), await bob.ReadAsync(conversation, 1));
        Assert.Equal((6, 0), await bob.ReadAsync(conversation, 1_000_000));
        Assert.Equal((6, 0), await bob.ReadAsync(conversation, 6));

        await bob.ListedAsync(conversation, item => item["unread"]!.GetValue<long>() == 0 && item["readSeq"]!.GetValue<long>() == 6);
        await chat.Published.NextAsync<ReceiptUpdated>(read => read.ConversationId == conversation && read.UserId == bob.Id && (read.ReadSeq, read.ReadCounted) == (6, 5));
    }

    [Fact]
    public async Task A_mark_is_told_at_most_once_a_second_and_the_last_one_always()
    {
        var (ann, bob) = (await chat.PersonAsync(), await chat.PersonAsync());
        Guid[] conversations = [await ann.StartDirectAsync(bob), await ann.StartGroupAsync("Team", bob)];
        foreach (var conversation in conversations)
            await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => ann.SendAsync(conversation)));

        for (var seq = 2; seq <= 31; seq++)
            await Task.WhenAll(conversations.Select(conversation => bob.ReadAsync(conversation, seq)));

        foreach (var conversation in conversations)
        {
            await chat.Published.NextAsync<ReceiptUpdated>(read => read.ConversationId == conversation && read.ReadSeq == 31);
            var told = chat.Published.All
                .Where(published => published.Type == ReceiptUpdated.Type && published.Key == conversation.ToString())
                .Select(published => (Seq: published.Read<ReceiptUpdated>().ReadSeq, At: DateTimeOffset.Parse(published.Metadata["time"], CultureInfo.InvariantCulture)))
                .ToArray();
            Assert.Equal(told.Select(one => one.Seq).Distinct().Order(), told.Select(one => one.Seq));
            Assert.All(told.Zip(told.Skip(1)), pair => Assert.True(pair.Second.At - pair.First.At > TimeSpan.FromSeconds(0.9), $"{pair.First} and {pair.Second}"));
        }
    }

    [Fact]
    public async Task Marks_of_a_long_time_without_a_broker_are_one_event_for_each_person()
    {
        await using var lonely = await ChatReplica.StartAsync(chat.Database!.ConnectionString);
        lonely.Sidecar.RefusesEvents = true;
        var (ann, bob, cid) = (await chat.PersonAsync(), await chat.PersonAsync(), await chat.PersonAsync());
        var conversation = await ann.StartGroupAsync("Team", bob, cid);
        await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => ann.SendAsync(conversation)));

        for (var seq = 2; seq <= 31; seq++)
            await Task.WhenAll(new[] { bob, cid }.Select(person => lonely.Of(person).ReadAsync(conversation, seq)));
        lonely.Sidecar.RefusesEvents = false;

        foreach (var person in new[] { bob, cid })
        {
            var told = await lonely.Published.NextAsync<ReceiptUpdated>(read => read.UserId == person.Id);
            Assert.Equal(31, told.ReadSeq);
            Assert.Single(lonely.Published.Of<ReceiptUpdated>(), read => read.UserId == person.Id);
        }
    }

    [Fact]
    public async Task Marks_that_race_end_at_the_greatest()
    {
        var (ann, bob) = (await chat.PersonAsync(), await chat.PersonAsync());
        var conversation = await ann.StartDirectAsync(bob);
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => ann.SendAsync(conversation)));

        await Task.WhenAll(Enumerable.Range(1, 21).Select(seq => bob.ReadAsync(conversation, seq)));

        Assert.Equal((21, 0), await bob.ReadAsync(conversation, 1));
    }

    [Fact]
    public async Task Who_sends_has_read_what_was_there()
    {
        var (ann, bob) = (await chat.PersonAsync(), await chat.PersonAsync());
        var conversation = await ann.StartDirectAsync(bob);
        await ann.SendAsync(conversation);
        await ann.SendAsync(conversation);
        await bob.SendAsync(conversation);

        await ann.SendAsync(conversation);

        await bob.ListedAsync(conversation, item => item["unread"]!.GetValue<long>() == 1 && item["readSeq"]!.GetValue<long>() == 4);
        await ann.ListedAsync(conversation, item => item["unread"]!.GetValue<long>() == 0);
    }

    [Fact]
    public async Task Unread_are_the_messages_that_somebody_wrote_and_never_those_of_the_system()
    {
        var (ann, bob, cid, dan) = (await chat.PersonAsync(), await chat.PersonAsync(), await chat.PersonAsync(), await chat.PersonAsync());
        var group = await ann.StartGroupAsync("Team", bob);
        await ann.SendAsync(group);
        await ann.AddAsync(group, cid, dan);
        await ann.SendAsync(group);
        await ann.RemoveAsync(group, dan);
        await ann.SendAsync(group);

        Assert.Equal(3, (await bob.ListedAsync(group))["unread"]!.GetValue<long>());
        Assert.Equal(2, (await cid.ListedAsync(group))["unread"]!.GetValue<long>());
        Assert.Equal((3, 2), await bob.ReadAsync(group, 3));
        Assert.Equal((5, 1), await bob.ReadAsync(group, 5));
        await chat.ProjectedAsync(group, 6);
        await using var other = await ChatReplica.StartAsync(chat.Database!.ConnectionString);
        Assert.Equal(1, (await other.Of(bob).ListedAsync(group))["unread"]!.GetValue<long>());
        Assert.Equal(2, (await other.Of(cid).ListedAsync(group))["unread"]!.GetValue<long>());
        Assert.Equal(0, (await other.Of(ann).ListedAsync(group))["unread"]!.GetValue<long>());
    }

    [Fact]
    public async Task Who_joins_has_nothing_unread()
    {
        var (ann, bob, cid) = (await chat.PersonAsync(), await chat.PersonAsync(), await chat.PersonAsync());
        var group = await ann.StartGroupAsync("Team", bob);
        await ann.SendAsync(group);

        await ann.AddAsync(group, cid);

        var listed = await cid.ListedAsync(group);
        Assert.Equal((0L, 3L), (listed["unread"]!.GetValue<long>(), listed["readSeq"]!.GetValue<long>()));
    }

    [Fact]
    public async Task A_mute_is_told_once_and_lasts_until_its_time_or_until_it_is_lifted()
    {
        var (ann, bob) = (await chat.PersonAsync(), await chat.PersonAsync());
        var conversation = await ann.StartDirectAsync(bob);
        var until = DateTimeOffset.UtcNow.AddHours(1);

        var muted = await bob.PutAsync($"/conversations/{conversation}/mute", new { until });
        await bob.PutAsync($"/conversations/{conversation}/mute", new { until });
        await chat.Published.NextAsync<MembershipChanged>(told => told.UserId == bob.Id && told.Version == 2);

        Assert.True(muted["muted"]!.GetValue<bool>());
        Assert.Equal((true, false), ((await bob.ListedAsync(conversation))["muted"]!.GetValue<bool>(), (await ann.ListedAsync(conversation))["muted"]!.GetValue<bool>()));
        Assert.False((await bob.PutAsync($"/conversations/{conversation}/mute", new { until = (string?)null }))["muted"]!.GetValue<bool>());
        await chat.Published.NextAsync<MembershipChanged>(told => told.UserId == bob.Id && told.Version == 3);
        var told = chat.Published.Of<MembershipChanged>().Where(told => told.UserId == bob.Id).ToArray();
        Assert.Equal([2L, 3L], told.Select(one => one.Version));
        Assert.Equal(until.ToUnixTimeMilliseconds(), told[0].MutedUntil!.Value.ToUnixTimeMilliseconds());
        Assert.Null(told[1].MutedUntil);
    }

    [Fact]
    public async Task A_mark_without_a_place_is_refused()
    {
        var (ann, bob) = (await chat.PersonAsync(), await chat.PersonAsync());
        var conversation = await ann.StartDirectAsync(bob);

        foreach (var body in new object[] { new { }, new { seq = 0 }, new { seq = -1 }, new { seq = "last" } })
            await Person.RefusedAsync(ann.Http.PutAsJsonAsync($"/conversations/{conversation}/read", body, Cancel), HttpStatusCode.BadRequest, "invalid_request");
    }

    [Fact]
    public async Task In_a_conversation_where_nobody_has_written_nothing_is_unread()
    {
        var (ann, bob) = (await chat.PersonAsync(), await chat.PersonAsync());

        Assert.Equal((1, 0), await bob.ReadAsync(await ann.StartDirectAsync(bob), 5));
    }
}
