using System.Net;
using ChatApp.Contracts;

namespace ChatApp.Chat.Tests;

/// <summary>Several processes of the service on one database.</summary>
public sealed class ReplicaTests(ChatApi chat) : IClassFixture<ChatApi>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_processes_that_race_in_one_conversation_leave_no_gap()
    {
        await using var other = await ChatReplica.StartAsync(chat.Database!.ConnectionString);
        var (ann, bob) = (await chat.PersonAsync(), await chat.PersonAsync());
        var conversation = await ann.StartDirectAsync(bob);
        var elsewhere = other.Of(bob);

        var places = await Task.WhenAll(Enumerable.Range(0, 20).SelectMany(_ => new[] { ann, elsewhere }).Select(async person =>
        {
            List<long> mine = [];
            for (var i = 0; i < 5; i++)
                mine.Add(await person.SendAsync(conversation));
            return mine;
        }));

        var all = Person.Places(200).ToArray();
        Assert.Equal(all[1..], places.SelectMany(mine => mine).Order());
        Assert.Equal(all, await ann.PlacesAsync(conversation));
        Assert.Equal(all, await elsewhere.PlacesAsync(conversation));
        await ann.ListedAsync(conversation, item => item["lastMessage"]!["seq"]!.GetValue<long>() == 201);
    }

    [Fact]
    public async Task One_key_sent_to_two_processes_at_once_gives_one_message()
    {
        await using var other = await ChatReplica.StartAsync(chat.Database!.ConnectionString);
        var (ann, bob) = (await chat.PersonAsync(), await chat.PersonAsync());
        var conversation = await ann.StartDirectAsync(bob);
        var elsewhere = other.Of(ann);
        var keys = Enumerable.Range(0, 30).Select(_ => Guid.NewGuid()).ToArray();

        var places = await Task.WhenAll(keys.SelectMany(key => new[] { ann, elsewhere }.Select(async person => (key, seq: await person.SendAsync(conversation, "once", key)))));

        Assert.All(places.GroupBy(place => place.key), same => Assert.Single(same.Select(place => place.seq).Distinct()));
        Assert.Equal(Person.Places(30), await bob.PlacesAsync(conversation));
    }

    [Fact]
    public async Task A_pair_that_starts_in_two_processes_at_once_has_one_conversation()
    {
        await using var other = await ChatReplica.StartAsync(chat.Database!.ConnectionString);
        var (ann, bob) = (await chat.PersonAsync(), await chat.PersonAsync());
        var elsewhere = other.Of(bob);

        var ids = await Task.WhenAll(Enumerable.Range(0, 10).SelectMany(_ => new[] { ann.StartDirectAsync(bob), elsewhere.StartDirectAsync(ann) }));

        var conversation = Assert.Single(ids.Distinct());
        Assert.Single(await ann.LogAsync(conversation));
    }

    [Fact]
    public async Task A_process_that_was_beaten_reads_before_it_writes_and_is_not_beaten_again()
    {
        await using var one = await ChatReplica.StartAsync(chat.Database!.ConnectionString);
        await using var two = await ChatReplica.StartAsync(chat.Database!.ConnectionString);
        var (ann, bob) = (await chat.PersonAsync(), await chat.PersonAsync());
        var conversation = await ann.StartDirectAsync(bob);
        foreach (var process in (ChatReplica[])[one, two, one, two])
            await process.Of(ann).SendAsync(conversation);

        foreach (var process in (ChatReplica[])[one, two, one, two, one, two])
        {
            process.Commands.Clear();
            await process.Of(ann).SendAsync(conversation);
            Assert.Equal(["find messages", "insert messages"], process.Commands.All.Where(command => command.EndsWith(" messages", StringComparison.Ordinal)));
        }

        Assert.Equal(Person.Places(10), await bob.PlacesAsync(conversation));
    }

    [Fact]
    public async Task Who_was_put_out_by_another_process_writes_no_more_though_this_one_remembers_him()
    {
        await using var other = await ChatReplica.StartAsync(chat.Database!.ConnectionString);
        var (ann, bob) = (await chat.PersonAsync(), await chat.PersonAsync());
        var group = await ann.StartGroupAsync("Team", bob);
        await bob.SendAsync(group);

        await other.Of(ann).RemoveAsync(group, bob);

        await Person.RefusedAsync(bob.TrySendAsync(group, "hello"), HttpStatusCode.NotFound, "conversation_not_found");
        Assert.Equal(Person.Places(2), await ann.PlacesAsync(group));
    }

    [Fact]
    public async Task A_read_mark_makes_nobody_forget_that_another_process_put_somebody_out()
    {
        await using var other = await ChatReplica.StartAsync(chat.Database!.ConnectionString);
        var (ann, bob) = (await chat.PersonAsync(), await chat.PersonAsync());
        var group = await ann.StartGroupAsync("Team", bob);
        await bob.SendAsync(group);

        await other.Of(ann).RemoveAsync(group, bob);
        await ann.ReadAsync(group, 3);

        await Person.RefusedAsync(bob.TrySendAsync(group, "hello"), HttpStatusCode.NotFound, "conversation_not_found");
    }

    [Fact]
    public async Task Who_was_brought_in_by_another_process_writes_at_once()
    {
        await using var other = await ChatReplica.StartAsync(chat.Database!.ConnectionString);
        var (ann, bob, cid) = (await chat.PersonAsync(), await chat.PersonAsync(), await chat.PersonAsync());
        var group = await ann.StartGroupAsync("Team", bob);
        await bob.SendAsync(group);
        await Person.RefusedAsync(cid.TrySendAsync(group, "hello"), HttpStatusCode.NotFound, "conversation_not_found");

        await other.Of(ann).AddAsync(group, cid);

        Assert.Equal(4, await cid.SendAsync(group));
    }

    [Fact]
    public async Task Two_processes_that_bring_the_same_people_in_at_once_count_each_once()
    {
        await using var other = await ChatReplica.StartAsync(chat.Database!.ConnectionString);
        var ann = await chat.PersonAsync();
        var people = await chat.PeopleAsync(12);
        var group = await ann.StartGroupAsync("Team", people[0]);

        await Task.WhenAll(people.Skip(1).SelectMany(person => new[] { ann.AddAsync(group, person), other.Of(ann).AddAsync(group, person) }));

        var log = await ann.LogAsync(group);
        Assert.Equal(Enumerable.Range(2, 12), log.Select(message => message.MemberCount));
        Assert.Equal(12, log.SelectMany(message => message.System!.Members).Select(member => member.UserId).Skip(1).Distinct().Count());
        Assert.Equal(13, (await ann.GetAsync($"/conversations/{group}/members?limit=200"))["items"]!.AsArray().Count);
    }

    [Fact]
    public async Task Two_owners_who_leave_at_once_through_two_processes_do_not_both_go()
    {
        await using var other = await ChatReplica.StartAsync(chat.Database!.ConnectionString);
        for (var round = 0; round < 5; round++)
        {
            var (ann, bob) = (await chat.PersonAsync(), await chat.PersonAsync());
            var group = await ann.StartGroupAsync("Team", bob);
            await chat.Store.AppendAsync(group, ann.Id, new SystemMessage(MembersChange.Added, ConversationKind.Group, "Team", [new MemberChange(bob.Id, "owner", true)]));
            await ann.SendAsync(group);

            var answers = await Task.WhenAll(ann.TryRemoveAsync(group, ann.Id), other.Of(bob).TryRemoveAsync(group, bob.Id));

            Assert.Equal([HttpStatusCode.NoContent, HttpStatusCode.Conflict], answers.Select(answer => answer.StatusCode).Order());
        }
    }

    [Fact]
    public async Task A_block_that_another_process_stored_is_kept_here_within_the_stated_time()
    {
        await using var other = await ChatReplica.StartAsync(chat.Database!.ConnectionString);
        var (ann, bob) = (await chat.PersonAsync(), await chat.PersonAsync());
        var conversation = await ann.StartDirectAsync(bob);
        await bob.SendAsync(conversation);

        await other.DeliverAsync(new BlockChanged(ann.Id, bob.Id, true, 1, DateTimeOffset.UtcNow));
        var since = DateTime.UtcNow;
        DateTime lastAccepted = since, asked;
        do
        {
            asked = DateTime.UtcNow;
            using var answer = await bob.TrySendAsync(conversation, "hello");
            if (answer.StatusCode == HttpStatusCode.NotFound)
                break;

            lastAccepted = asked;
            await Task.Delay(20, Cancel);
        }
        while (asked - since < TimeSpan.FromSeconds(10));

        Assert.True(lastAccepted - since <= Directory.BlockStore.Staleness, $"accepted {lastAccepted - since} after the block");
        await Person.RefusedAsync(bob.TrySendAsync(conversation, "hello"), HttpStatusCode.NotFound, "user_not_found");
    }
}
