using ChatApp.Chat.Conversations;
using ChatApp.Contracts;
using ChatApp.Testing;
using MongoDB.Bson;
using MongoDB.Driver;

namespace ChatApp.Chat.Tests;

/// <summary>What a process leaves behind when it dies, and what the others make of it.</summary>
public sealed class RepairTests(ChatApi chat) : IClassFixture<ChatApi>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_stored_but_not_published_is_published_by_another_process()
    {
        var (ann, bob) = (await chat.PersonAsync(), await chat.PersonAsync());
        Guid conversation;
        await using (var dying = await ChatReplica.StartAsync(chat.Database!.ConnectionString))
        {
            dying.Sidecar.RefusesEvents = true;
            conversation = await dying.Of(ann).StartDirectAsync(bob);
            await dying.Of(ann).SendAsync(conversation, "last words");
            await dying.Of(bob).ReadAsync(conversation, 2);
            await dying.Of(bob).PutAsync($"/conversations/{conversation}/mute", new { until = DateTimeOffset.UtcNow.AddHours(1) });
        }

        await chat.Published.NextAsync<MessageSent>(sent => sent.ConversationId == conversation && sent.System is not null);
        await chat.Published.NextAsync<MessageSent>(sent => sent.ConversationId == conversation && sent.Text == "last words");
        await chat.Published.NextAsync<ReceiptUpdated>(read => read.ConversationId == conversation && read.UserId == bob.Id && read.ReadSeq == 2);
        await chat.Published.NextAsync<MembershipChanged>(changed => changed.ConversationId == conversation && changed.UserId == bob.Id && changed.Version == 2);
    }

    [Fact]
    public async Task A_message_that_nothing_followed_is_published_and_projected()
    {
        var (ann, bob) = (await chat.PersonAsync(), await chat.PersonAsync());
        var conversation = await ann.StartDirectAsync(bob);
        await ann.SendAsync(conversation, "before");

        var dead = await DieAsync();
        await chat.Store.AppendAsync(conversation, bob.Id, "from the dead", dead);

        await ToldAsync(sent => sent.ConversationId == conversation && sent.Text == "from the dead");
        var listed = await ann.ListedAsync(conversation, item => item["lastMessage"]!["seq"]!.GetValue<long>() == 3);
        Assert.Equal(1, listed["unread"]!.GetValue<long>());
        Assert.Equal(3, (await bob.ListedAsync(conversation, item => item["unread"]!.GetValue<long>() == 0))["readSeq"]!.GetValue<long>());
        Assert.Equal(4, await ann.SendAsync(conversation, "and on"));
    }

    [Fact]
    public async Task A_change_of_members_that_nothing_followed_holds_for_whoever_writes_next()
    {
        var (ann, bob, cid) = (await chat.PersonAsync(), await chat.PersonAsync(), await chat.PersonAsync());
        var group = await ann.StartGroupAsync("Team", bob);
        await bob.SendAsync(group);

        await chat.Store.AppendAsync(group, ann.Id, Change(MembersChange.Removed, bob, active: false), more: -1);
        await Person.RefusedAsync(bob.TrySendAsync(group, "hello"), System.Net.HttpStatusCode.NotFound, "conversation_not_found");
        await chat.Store.AppendAsync(group, ann.Id, Change(MembersChange.Added, cid, active: true), more: 1);
        Assert.Equal(5, await ann.SendAsync(group));
        Assert.Equal(6, await cid.SendAsync(group));

        // A process that has never seen the conversation finds the same.
        await chat.Store.AppendAsync(group, ann.Id, Change(MembersChange.Removed, cid, active: false), more: -1);
        await using var other = await ChatReplica.StartAsync(chat.Database!.ConnectionString);
        await Person.RefusedAsync(other.Of(cid).TrySendAsync(group, "hello"), System.Net.HttpStatusCode.NotFound, "conversation_not_found");
        Assert.Equal(8, await other.Of(ann).SendAsync(group));
    }

    [Fact]
    public async Task A_change_of_members_that_nothing_followed_is_told_though_nobody_writes()
    {
        var (ann, bob, cid) = (await chat.PersonAsync(), await chat.PersonAsync(), await chat.PersonAsync());
        var group = await ann.StartGroupAsync("Team", bob);

        var dead = await DieAsync();
        await chat.Store.AppendAsync(group, ann.Id, Change(MembersChange.Added, cid, active: true), more: 1, dead);

        await ToldAsync(sent => sent.ConversationId == group && sent.System!.Change is MembersChange.Added);
        await Wait.UntilAsync(async () => (await cid.GetAsync("/memberships"))["items"]!.AsArray().Count == 1, "the membership does not follow");
        await cid.ListedAsync(group, item => item["memberCount"]!.GetValue<int>() == 3);
    }

    [Fact]
    public async Task A_pairs_conversation_that_has_not_begun_is_begun_by_who_asks_next()
    {
        var (ann, bob) = (await chat.PersonAsync(), await chat.PersonAsync());
        var (id, now) = (Guid.CreateVersion7(), DateTimeOffset.UtcNow);
        await chat.Store.GetCollection<Conversation>("conversations").InsertOneAsync(
            new Conversation(id, ConversationKind.Direct, null, UserPair.Key(ann.Id, bob.Id), ann.Id, now, null, now, 0, 0, 0, 0), cancellationToken: Cancel);
        Assert.Empty((await ann.GetAsync("/conversations"))["items"]!.AsArray());

        Assert.Equal([id, id], await Task.WhenAll(bob.StartDirectAsync(ann), ann.StartDirectAsync(bob)));

        Assert.Equal(2, await ann.SendAsync(id));
        Assert.Single((await bob.GetAsync("/conversations"))["items"]!.AsArray());
        await chat.Published.NextAsync<MessageSent>(sent => sent.ConversationId == id && sent.System?.Members.Count == 2);
    }

    [Fact]
    public async Task A_pairs_conversation_whose_beginning_nothing_followed_is_found()
    {
        var (ann, bob) = (await chat.PersonAsync(), await chat.PersonAsync());
        var (id, now) = (Guid.CreateVersion7(), DateTimeOffset.UtcNow);
        await chat.Store.GetCollection<Conversation>("conversations").InsertOneAsync(
            new Conversation(id, ConversationKind.Direct, null, UserPair.Key(ann.Id, bob.Id), ann.Id, now, null, now, 0, 0, 0, 0), cancellationToken: Cancel);
        await chat.Store.AppendAsync(id, ann.Id, new SystemMessage(
            MembersChange.Created, ConversationKind.Direct, null, [new MemberChange(ann.Id, "member", true), new MemberChange(bob.Id, "member", true)]), more: 2);

        Assert.Equal(id, await bob.StartDirectAsync(ann));

        Assert.Equal(2, await bob.SendAsync(id));
        Assert.Equal(2, (await ann.ListedAsync(id, item => item["unread"]!.GetValue<long>() == 1))["memberCount"]!.GetValue<int>());
    }

    [Fact]
    public async Task An_old_message_that_is_announced_again_takes_no_read_model_back()
    {
        var (ann, bob) = (await chat.PersonAsync(), await chat.PersonAsync());
        var conversation = await ann.StartDirectAsync(bob);
        var dead = await DieAsync();
        await chat.Store.AppendAsync(conversation, ann.Id, "one", dead);
        await bob.SendAsync(conversation, "two");
        await ann.SendAsync(conversation, "three");
        await chat.ProjectedAsync(conversation, 4);

        await ToldAsync(sent => sent.ConversationId == conversation && sent.Text == "one");
        // What is announced behind it has been projected behind it.
        await chat.ProjectedAsync(conversation, await ann.SendAsync(conversation, "four"));

        await using var other = await ChatReplica.StartAsync(chat.Database!.ConnectionString);
        var listed = await other.Of(ann).ListedAsync(conversation, item => item["readSeq"]!.GetValue<long>() == 5);
        Assert.Equal(("four", 0L), (listed["lastMessage"]!["text"]!.GetValue<string>(), listed["unread"]!.GetValue<long>()));
    }

    private static SystemMessage Change(MembersChange change, Person person, bool active) =>
        new(change, ConversationKind.Group, "Team", [new MemberChange(person.Id, "member", active)]);

    /// <summary>A process that has just said that all it wrote is published, and says nothing more.</summary>
    private async Task<Guid> DieAsync()
    {
        var writer = Guid.NewGuid();
        await chat.Store.GetCollection<BsonDocument>("checkpoints").InsertOneAsync(
            new BsonDocument { ["_id"] = new BsonBinaryData(writer, GuidRepresentation.Standard), ["publishedBefore"] = DateTime.UtcNow.AddSeconds(-2), ["beat"] = 1L },
            cancellationToken: Cancel);
        return writer;
    }

    /// <summary>Others wait a while before they take a process for dead.</summary>
    private Task ToldAsync(Func<MessageSent, bool> fits) => Wait.UntilAsync(() => chat.Published.Of<MessageSent>().Any(fits), "it is not published");
}
