using System.Net;
using ChatApp.Contracts;

namespace ChatApp.Chat.Tests;

/// <summary>Messages that are written together, those of one conversation and those of many.</summary>
public sealed class BatchTests(ChatApi chat) : IClassFixture<ChatApi>
{
    private const int Many = 60;

    [Fact]
    public async Task Sends_in_many_conversations_at_once_are_a_few_inserts()
    {
        await using var process = await ChatReplica.StartAsync(chat.Database!.ConnectionString);
        var (ann, bob, groups) = await GroupsAsync(process);
        process.Commands.Clear();

        var places = await Task.WhenAll(groups.Select(group => ann.SendAsync(group)));

        Assert.All(places, place => Assert.Equal(3, place));
        Assert.InRange(process.Commands.Count("insert messages"), 1, Many / 4);
        Assert.Equal(0, process.Commands.Count("find messages"));
        foreach (var group in groups)
            Assert.Equal(Person.Places(2), await bob.PlacesAsync(group));
        await process.Published.WaitForAsync(
            () => process.Published.Of<MessageSent>().Count(sent => sent.Seq == 3 && groups.Contains(sent.ConversationId)) == Many, "not every message was told");
    }

    [Fact]
    public async Task A_message_of_a_batch_that_loses_its_place_takes_the_next_one_and_holds_up_nobody()
    {
        await using var process = await ChatReplica.StartAsync(chat.Database!.ConnectionString);
        var (ann, bob, groups) = await GroupsAsync(process);
        Guid[] beaten = [groups[7], groups[30], groups[31]];
        foreach (var group in beaten)
        {
            await chat.Store.AppendAsync(group, bob.Id, "first");
            await chat.Store.AppendAsync(group, bob.Id, "second");
        }

        process.Commands.Clear();
        var places = await Task.WhenAll(groups.Select(async group => (group, Place: await ann.SendAsync(group))));

        Assert.All(places, sent => Assert.Equal(beaten.Contains(sent.group) ? 5 : 3, sent.Place));
        Assert.InRange(process.Commands.Count("find messages"), 1, beaten.Length);
        foreach (var group in groups)
            Assert.Equal(Person.Places(beaten.Contains(group) ? 4 : 2), await bob.PlacesAsync(group));
    }

    [Fact]
    public async Task Far_behind_another_process_a_message_comes_after_all_that_it_wrote()
    {
        await using var process = await ChatReplica.StartAsync(chat.Database!.ConnectionString);
        var (ann, bob) = (await chat.PersonAsync(), await chat.PersonAsync());
        foreach (var behind in (int[])[3, 20, 21, 300])
        {
            var group = await process.Of(ann).StartGroupAsync($"{behind}", bob);
            await process.Of(ann).SendAsync(group);
            await Task.WhenAll(Enumerable.Range(0, behind).Select(_ => bob.SendAsync(group)));

            Assert.Equal(behind + 3, await process.Of(ann).SendAsync(group));
            Assert.Equal(Person.Places(behind + 2), await bob.PlacesAsync(group));
            Assert.Equal(behind + 1, (await process.Of(bob).ReadAsync(group, behind + 2)).Unread + behind);
        }
    }

    [Fact]
    public async Task A_key_that_is_sent_again_in_a_batch_of_others_answers_what_is_there()
    {
        await using var process = await ChatReplica.StartAsync(chat.Database!.ConnectionString);
        var (ann, bob, groups) = await GroupsAsync(process);
        var keys = groups.ToDictionary(group => group, _ => Guid.NewGuid());
        var again = groups[..20];
        foreach (var group in again)
            Assert.Equal(3, await ann.SendAsync(group, "once", keys[group]));

        var answers = await Task.WhenAll(groups.Select(async group =>
        {
            using var answer = await ann.TrySendAsync(group, "once", keys[group]);
            return (group, answer.StatusCode);
        }));

        Assert.All(answers, answer => Assert.Equal(again.Contains(answer.group) ? HttpStatusCode.OK : HttpStatusCode.Created, answer.StatusCode));
        foreach (var group in groups)
            Assert.Equal(Person.Places(2), await bob.PlacesAsync(group));
    }

    [Fact]
    public async Task A_key_that_is_sent_again_is_no_sign_of_another_process()
    {
        await using var process = await ChatReplica.StartAsync(chat.Database!.ConnectionString);
        var (ann, bob) = (process.Of(await chat.PersonAsync()), await chat.PersonAsync());
        var conversation = await ann.StartDirectAsync(bob);
        var key = Guid.NewGuid();
        await ann.SendAsync(conversation, "once", key);
        await ann.SendAsync(conversation, "once", key);
        process.Commands.Clear();

        await ann.SendAsync(conversation);

        Assert.Equal(0, process.Commands.Count("find messages"));
    }

    [Fact]
    public async Task A_crowd_in_one_conversation_and_single_senders_in_others_are_written_side_by_side()
    {
        await using var process = await ChatReplica.StartAsync(chat.Database!.ConnectionString);
        var (ann, bob, groups) = await GroupsAsync(process);

        await Task.WhenAll(groups.Select((group, i) => Task.WhenAll(Enumerable.Range(0, i % 6 == 0 ? 30 : 1).Select(_ => ann.SendAsync(group)))));

        for (var i = 0; i < groups.Length; i++)
            Assert.Equal(Person.Places(1 + (i % 6 == 0 ? 30 : 1)), await bob.PlacesAsync(groups[i]));
    }

    [Fact]
    public async Task A_send_costs_the_same_commands_in_a_group_of_ten_thousand_as_in_one_of_two()
    {
        await using var process = await ChatReplica.StartAsync(chat.Database!.ConnectionString);
        var ann = process.Of(await chat.PersonAsync());
        var people = await chat.PeopleAsync(9_999);
        var (pair, crowd) = (await ann.StartGroupAsync("Two", people[0]), await ann.StartGroupAsync("All", [.. people.Take(499)]));
        foreach (var some in people.Skip(499).Chunk(500))
            await ann.AddAsync(crowd, some);
        await Person.RefusedAsync(ann.TryAddAsync(crowd, (await chat.PersonAsync()).Id), HttpStatusCode.Conflict, "too_many_members");
        var begun = await ann.LogAsync(crowd);

        Assert.Equal((20, 10_000), (begun.Count, begun[^1].MemberCount));
        var elsewhere = new Person(ann.Id, chat.ClientFor(ann.Id));
        foreach (var group in (Guid[])[pair, crowd])
        {
            var seq = await ann.SendAsync(group);
            await chat.ProjectedAsync(group, seq);
            await elsewhere.ListedAsync(group, item => item["readSeq"]!.GetValue<long>() == seq);
        }

        Assert.Equal(["insert messages", "update conversations", "update memberships"], await SendAsync(pair));
        Assert.Equal(["insert messages", "update conversations", "update memberships"], await SendAsync(crowd));
        Assert.True((await process.Published.NextAsync<MessageSent>(sent => sent.ConversationId == crowd && sent.Seq == 22)).MemberCount == 10_000);
        await Person.OkAsync(new Person(people[^1].Id, process.ClientFor(people[^1].Id)).TrySendAsync(crowd, "me too"));

        async Task<IEnumerable<string>> SendAsync(Guid group)
        {
            process.Commands.Clear();
            await ann.SendAsync(group);
            await Testing.Wait.UntilAsync(() => process.Commands.Count("update memberships") == 1, "the mark of who sent is not stored");
            return process.Commands.All;
        }
    }

    /// <summary>Groups in each of which one message was sent by this process.</summary>
    private async Task<(Person Ann, Person Bob, Guid[] Groups)> GroupsAsync(ChatReplica process)
    {
        var (ann, bob) = (process.Of(await chat.PersonAsync()), await chat.PersonAsync());
        var groups = await Task.WhenAll(Enumerable.Range(0, Many).Select(i => ann.StartGroupAsync($"Group {i}", bob)));
        await Task.WhenAll(groups.Select(group => ann.SendAsync(group)));
        return (ann, bob, groups);
    }
}
