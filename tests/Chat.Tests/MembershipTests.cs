using System.Net;
using System.Net.Http.Json;
using ChatApp.Contracts;

namespace ChatApp.Chat.Tests;

public sealed class MembershipTests(ChatApi chat) : IClassFixture<ChatApi>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_read_mark_moves_forward_only_and_not_past_the_last_message()
    {
        var (ann, bob) = (await chat.PersonAsync(), await chat.PersonAsync());
        var conversation = await ann.StartDirectAsync(bob);
        for (var i = 0; i < 5; i++)
            await ann.SendAsync(conversation);

        Assert.Equal((3, 2), await ReadAsync(bob, conversation, 3));
        Assert.Equal((3, 2), await ReadAsync(bob, conversation, 1));
        Assert.Equal((5, 0), await ReadAsync(bob, conversation, 1_000_000));
        Assert.Equal((5, 0), await ReadAsync(bob, conversation, 5));

        await bob.ListedAsync(conversation, item => item["unread"]!.GetValue<long>() == 0 && item["readSeq"]!.GetValue<long>() == 5);
        await chat.Published.NextAsync<ReceiptUpdated>(read => read.UserId == bob.Id && read.ReadSeq == 5);
        var told = chat.Published.Of<ReceiptUpdated>().Where(read => read.ConversationId == conversation).ToArray();
        Assert.Equal([3, 5], told.Select(read => read.ReadSeq));
        Assert.Equivalent(new[] { ann.Id, bob.Id }, told[0].MemberIds);
    }

    [Fact]
    public async Task Marks_that_race_end_at_the_greatest()
    {
        var (ann, bob) = (await chat.PersonAsync(), await chat.PersonAsync());
        var conversation = await ann.StartDirectAsync(bob);
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => ann.SendAsync(conversation)));

        await Task.WhenAll(Enumerable.Range(1, 20).Select(seq => ReadAsync(bob, conversation, seq)));

        Assert.Equal((20, 0), await ReadAsync(bob, conversation, 1));
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

        await bob.ListedAsync(conversation, item => item["unread"]!.GetValue<long>() == 1 && item["readSeq"]!.GetValue<long>() == 3);
        await ann.ListedAsync(conversation, item => item["unread"]!.GetValue<long>() == 0);
    }

    [Fact]
    public async Task A_mute_is_told_once_and_lasts_until_its_time_or_until_it_is_lifted()
    {
        var (ann, bob) = (await chat.PersonAsync(), await chat.PersonAsync());
        var conversation = await ann.StartDirectAsync(bob);
        var until = DateTimeOffset.UtcNow.AddHours(1);

        var muted = await bob.PutAsync($"/conversations/{conversation}/mute", new { until });
        await bob.PutAsync($"/conversations/{conversation}/mute", new { until });

        Assert.True(muted["muted"]!.GetValue<bool>());
        Assert.Equal((true, false), ((await bob.ListedAsync(conversation))["muted"]!.GetValue<bool>(), (await ann.ListedAsync(conversation))["muted"]!.GetValue<bool>()));
        Assert.False((await bob.PutAsync($"/conversations/{conversation}/mute", new { until = (string?)null }))["muted"]!.GetValue<bool>());
        await chat.Published.NextAsync<MembershipChanged>(told => told.UserId == bob.Id && told.Version == 3);
        var told = chat.Published.Of<MembershipChanged>().Where(told => told.UserId == bob.Id).ToArray();
        Assert.Equal([1L, 2L, 3L], told.Select(one => one.Version));
        Assert.Equal(until.ToUnixTimeMilliseconds(), told[1].MutedUntil!.Value.ToUnixTimeMilliseconds());
        Assert.Null(told[2].MutedUntil);
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
    public async Task Nothing_is_read_in_a_conversation_without_messages()
    {
        var (ann, bob) = (await chat.PersonAsync(), await chat.PersonAsync());

        Assert.Equal((0, 0), await ReadAsync(bob, await ann.StartDirectAsync(bob), 5));
    }

    private static async Task<(long ReadSeq, long Unread)> ReadAsync(Person person, Guid conversation, long seq)
    {
        var mark = await person.PutAsync($"/conversations/{conversation}/read", new { seq });
        return (mark["readSeq"]!.GetValue<long>(), mark["unread"]!.GetValue<long>());
    }
}
