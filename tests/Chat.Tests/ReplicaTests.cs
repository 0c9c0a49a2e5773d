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
        var elsewhere = new Person(bob.Id, other.ClientFor(bob.Id));

        var places = await Task.WhenAll(Enumerable.Range(0, 20).SelectMany(_ => new[] { ann, elsewhere }).Select(async person =>
        {
            List<long> mine = [];
            for (var i = 0; i < 5; i++)
                mine.Add(await person.SendAsync(conversation));
            return mine;
        }));

        var all = Enumerable.Range(1, 200).Select(seq => (long)seq).ToArray();
        Assert.Equal(all, places.SelectMany(mine => mine).Order());
        Assert.Equal(all, await ann.PlacesAsync(conversation));
        Assert.Equal(all, await elsewhere.PlacesAsync(conversation));
        await ann.ListedAsync(conversation, item => item["lastMessage"]!["seq"]!.GetValue<long>() == 200);
    }

    [Fact]
    public async Task One_key_sent_to_two_processes_at_once_gives_one_message()
    {
        await using var other = await ChatReplica.StartAsync(chat.Database!.ConnectionString);
        var (ann, bob) = (await chat.PersonAsync(), await chat.PersonAsync());
        var conversation = await ann.StartDirectAsync(bob);
        var elsewhere = new Person(ann.Id, other.ClientFor(ann.Id));
        var keys = Enumerable.Range(0, 30).Select(_ => Guid.NewGuid()).ToArray();

        var places = await Task.WhenAll(keys.SelectMany(key => new[] { ann, elsewhere }.Select(async person => (key, seq: await person.SendAsync(conversation, "once", key)))));

        Assert.All(places.GroupBy(place => place.key), same => Assert.Single(same.Select(place => place.seq).Distinct()));
        Assert.Equal(Enumerable.Range(1, 30).Select(seq => (long)seq), await bob.PlacesAsync(conversation));
    }

    [Fact]
    public async Task A_pair_that_starts_in_two_processes_at_once_has_one_conversation()
    {
        await using var other = await ChatReplica.StartAsync(chat.Database!.ConnectionString);
        var (ann, bob) = (await chat.PersonAsync(), await chat.PersonAsync());
        var elsewhere = new Person(bob.Id, other.ClientFor(bob.Id));

        var ids = await Task.WhenAll(Enumerable.Range(0, 10).SelectMany(_ => new[] { ann.StartDirectAsync(bob), elsewhere.StartDirectAsync(ann) }));

        Assert.Single(ids.Distinct());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public async Task An_answer_of_the_store_that_gets_lost_neither_doubles_nor_loses_a_message(int lost)
    {
        await using var line = new LossyLine(chat.Database!.ConnectionString);
        await using var far = await ChatReplica.StartAsync(line.ConnectionString);
        var (ann, bob) = (await chat.PersonAsync(), await chat.PersonAsync());
        var conversation = await ann.StartDirectAsync(bob);
        var sender = new Person(ann.Id, far.ClientFor(ann.Id));
        await sender.SendAsync(conversation, "before");

        line.LoseAnswers(lost);
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => sender.TrySendAsync(conversation, $"text {i}")));

        Assert.Equal(lost, line.Lost);
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.Created, answer.StatusCode));
        Assert.Equal(Enumerable.Range(1, 21).Select(seq => (long)seq), await bob.PlacesAsync(conversation));
        await far.Published.WaitForAsync(
            () => far.Published.Of<MessageSent>().Where(sent => sent.ConversationId == conversation).Select(sent => sent.Seq).Distinct().Count() == 21,
            "not every message was told");
    }

    [Fact]
    public async Task A_block_that_another_process_stored_is_kept_here_within_the_stated_time()
    {
        await using var other = await ChatReplica.StartAsync(chat.Database!.ConnectionString);
        var (ann, bob) = (await chat.PersonAsync(), await chat.PersonAsync());
        var conversation = await ann.StartDirectAsync(bob);
        await bob.SendAsync(conversation);

        using var heard = await other.DeliverAsync(new BlockChanged(ann.Id, bob.Id, true, 1, DateTimeOffset.UtcNow));
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
