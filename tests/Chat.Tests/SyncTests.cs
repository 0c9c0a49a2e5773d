using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace ChatApp.Chat.Tests;

public sealed class SyncTests(ChatApi chat) : IClassFixture<ChatApi>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_client_gets_every_change_since_what_it_has_and_nothing_of_the_rest()
    {
        var (ann, bob) = (await chat.PersonAsync(), await chat.PersonAsync());
        var (conversation, quiet) = (await ann.StartDirectAsync(bob), await ann.StartGroupAsync("Quiet", bob));
        for (var i = 0; i < 5; i++)
            await ann.SendAsync(conversation);

        var answer = Assert.Single(await bob.SyncAsync(new() { [conversation] = 3, [quiet] = 1 }))!;

        Assert.Equal(conversation, answer["conversationId"]!.GetValue<Guid>());
        Assert.Equal([4L, 5L, 6L], answer["changes"]!.AsArray().Select(change => change!["rev"]!.GetValue<long>()));
        Assert.Equal((6L, false), (answer["rev"]!.GetValue<long>(), answer["hasMore"]!.GetValue<bool>()));
        Assert.Empty(await bob.SyncAsync(new() { [conversation] = 6, [quiet] = 1 }));
    }

    [Fact]
    public async Task What_a_client_does_not_name_and_what_it_can_not_have_is_said()
    {
        var (ann, bob, eve) = (await chat.PersonAsync(), await chat.PersonAsync(), await chat.PersonAsync());
        var (named, unnamed, foreign) = (await ann.StartDirectAsync(bob), await ann.StartGroupAsync("New", bob), await ann.StartDirectAsync(eve));
        await ann.SendAsync(named);
        await ann.SendAsync(unnamed);
        await bob.ListedAsync(unnamed, item => item["unread"]!.GetValue<long>() == 1);

        var answers = await bob.SyncAsync(new() { [named] = 7, [foreign] = 0 });

        Assert.Equal(3, answers.Count);
        Assert.Equal(("unknown_rev", "2"), Of(named));
        Assert.Equal(("not_member", ""), Of(foreign));
        Assert.Equal("new", Of(unnamed).Reset);

        (string Reset, string Rev) Of(Guid id)
        {
            var answer = answers.Single(answer => answer!["conversationId"]!.GetValue<Guid>() == id)!;
            return (answer["reset"]!.GetValue<string>(), answer["rev"]?.ToJsonString() ?? "");
        }
    }

    [Fact]
    public async Task A_client_that_asks_again_while_there_is_more_misses_nothing_while_others_write()
    {
        var (ann, bob) = (await chat.PersonAsync(), await chat.PersonAsync());
        var conversation = await ann.StartDirectAsync(bob);
        await Task.WhenAll(Enumerable.Range(0, 250).Select(_ => ann.SendAsync(conversation)));
        var writing = Task.WhenAll(Enumerable.Range(0, 50).Select(_ => bob.SendAsync(conversation)));

        List<long> seen = [];
        while (!writing.IsCompleted || seen.Count < 301)
        {
            foreach (var answer in await bob.SyncAsync(new() { [conversation] = seen.LastOrDefault() }))
            {
                Assert.Null(answer!["reset"]);
                seen.AddRange(answer["changes"]!.AsArray().Select(change => change!["rev"]!.GetValue<long>()));
                Assert.True(answer["changes"]!.AsArray().Count <= 100);
            }
        }

        await writing;
        Assert.Equal(Person.Places(300), seen);
    }

    [Fact]
    public async Task An_answer_that_is_full_names_the_conversations_that_are_left()
    {
        var ann = await chat.PersonAsync();
        var bob = await chat.PersonAsync();
        var groups = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => ann.StartGroupAsync($"Group {i}", bob)));
        await Task.WhenAll(groups.SelectMany(group => Enumerable.Range(0, 100).Select(_ => ann.SendAsync(group))));

        var known = groups.ToDictionary(group => group, _ => 0L);
        var counts = groups.ToDictionary(group => group, _ => 0);
        for (var round = 0; round < 5; round++)
        {
            JsonArray answers = await bob.SyncAsync(known);
            foreach (var answer in answers)
            {
                var id = answer!["conversationId"]!.GetValue<Guid>();
                known[id] = answer["rev"]!.GetValue<long>();
                counts[id] += answer["changes"]!.AsArray().Count;
            }

            if (answers.Count == 0)
                break;
        }

        Assert.All(counts.Values, count => Assert.Equal(101, count));
    }

    [Fact]
    public async Task A_request_that_makes_no_sense_is_refused()
    {
        var ann = await chat.PersonAsync();

        await RefusedAsync(new { });
        await RefusedAsync(new { conversations = new Dictionary<string, long> { ["no id"] = 1 } });
        await RefusedAsync(new { conversations = new Dictionary<Guid, long> { [Guid.NewGuid()] = -1 } });
        await RefusedAsync(new { conversations = Enumerable.Range(0, 1001).ToDictionary(_ => Guid.NewGuid(), _ => 1L) });

        Task RefusedAsync(object body) => Person.RefusedAsync(ann.Http.PostAsJsonAsync("/sync", body, Cancel), HttpStatusCode.BadRequest, "invalid_request");
    }
}
