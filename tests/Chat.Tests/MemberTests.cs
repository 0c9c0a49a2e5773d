using System.Net;
using ChatApp.Contracts;
using ChatApp.Testing;

namespace ChatApp.Chat.Tests;

/// <summary>Who comes into a group and goes, by the messages of its log that say so.</summary>
public sealed class MemberTests(ChatApi chat) : IClassFixture<ChatApi>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_is_brought_in_is_told_of_by_a_message_that_names_nobody_else()
    {
        var (ann, bob, cid, dan) = (await chat.PersonAsync(), await chat.PersonAsync("Bob"), await chat.PersonAsync("Cid"), await chat.PersonAsync("Dan"));
        var group = await ann.StartGroupAsync("Team", bob);
        await ann.SendAsync(group);

        await ann.AddAsync(group, bob, cid, dan);

        var told = await chat.Published.NextAsync<MessageSent>(sent => sent.ConversationId == group && sent.Seq == 3);
        Assert.Equal((ann.Id, MembersChange.Added, "Team", 4, 1L), (told.SenderId, told.System!.Change, told.System.Title, told.MemberCount, told.Counted));
        Assert.Equal([new MemberChange(cid.Id, "member", true), new MemberChange(dan.Id, "member", true)], told.System.Members);
        Assert.Equal(4, (await cid.ListedAsync(group))["memberCount"]!.GetValue<int>());
        Assert.Equal(4, await cid.SendAsync(group));
    }

    [Fact]
    public async Task Bringing_in_only_those_who_are_in_it_changes_nothing()
    {
        var (ann, bob) = (await chat.PersonAsync(), await chat.PersonAsync());
        var group = await ann.StartGroupAsync("Team", bob);

        await ann.AddAsync(group, ann, bob);

        Assert.Single(await ann.LogAsync(group));
    }

    [Fact]
    public async Task Who_is_put_out_reads_and_writes_no_more()
    {
        var (ann, bob, cid) = (await chat.PersonAsync(), await chat.PersonAsync(), await chat.PersonAsync());
        var group = await ann.StartGroupAsync("Team", bob, cid);
        await bob.SendAsync(group);

        await ann.RemoveAsync(group, bob);

        await NotFoundAsync(bob.TrySendAsync(group, "hello"));
        await NotFoundAsync(bob.Http.GetAsync($"/conversations/{group}/messages", Cancel));
        Assert.Empty((await bob.GetAsync("/conversations"))["items"]!.AsArray());
        Assert.Equal("not_member", Assert.Single(await bob.SyncAsync(new() { [group] = 2 }))!["reset"]!.GetValue<string>());
        var told = await chat.Published.NextAsync<MessageSent>(sent => sent.ConversationId == group && sent.Seq == 3);
        Assert.Equal((MembersChange.Removed, 2), (told.System!.Change, told.MemberCount));
        Assert.Equal([new MemberChange(bob.Id, "member", false)], told.System.Members);
        Assert.Equal(2, (await cid.GetAsync($"/conversations/{group}/members"))["items"]!.AsArray().Count);
    }

    [Fact]
    public async Task Who_leaves_is_gone_and_can_be_brought_back()
    {
        var (ann, bob) = (await chat.PersonAsync(), await chat.PersonAsync());
        var group = await ann.StartGroupAsync("Team", bob);

        await bob.RemoveAsync(group, bob);
        await NotFoundAsync(bob.TrySendAsync(group, "hello"));
        await NotFoundAsync(bob.TryRemoveAsync(group, bob.Id));
        await ann.SendAsync(group);
        await ann.AddAsync(group, bob);

        Assert.Equal(5, await bob.SendAsync(group));
        Assert.Equal([MembersChange.Created, MembersChange.Left, null, MembersChange.Added, null], (await bob.LogAsync(group)).Select(message => message.System?.Change));
        Assert.Equal([2, 1, 1, 2, 2], (await bob.LogAsync(group)).Select(message => message.MemberCount));
    }

    [Fact]
    public async Task The_last_owner_stays()
    {
        var (ann, bob) = (await chat.PersonAsync(), await chat.PersonAsync());
        var group = await ann.StartGroupAsync("Team", bob);

        await Person.RefusedAsync(ann.TryRemoveAsync(group, ann.Id), HttpStatusCode.Conflict, "last_owner");

        await chat.Store.AppendAsync(group, ann.Id, new SystemMessage(MembersChange.Added, ConversationKind.Group, "Team", [new MemberChange(bob.Id, "owner", true)]));
        await ann.SendAsync(group);
        await ann.RemoveAsync(group, ann);
        await Person.RefusedAsync(bob.TryRemoveAsync(group, bob.Id), HttpStatusCode.Conflict, "last_owner");
    }

    [Fact]
    public async Task An_owner_or_admin_changes_members_and_nobody_changes_his_equal()
    {
        var people = await chat.PeopleAsync(6);
        var (owner, admin, peer, member, other, guest) = (people[0], people[1], people[2], people[3], people[4], people[5]);
        var group = await owner.StartGroupAsync("Team", admin, peer, member, other);
        await chat.Store.AppendAsync(group, owner.Id, new SystemMessage(
            MembersChange.Added, ConversationKind.Group, "Team", [new MemberChange(admin.Id, "admin", true), new MemberChange(peer.Id, "admin", true)]));
        await owner.SendAsync(group);

        await NotAllowedAsync(member.TryAddAsync(group, guest.Id));
        await NotAllowedAsync(member.TryRemoveAsync(group, other.Id));
        await admin.AddAsync(group, guest);
        await admin.RemoveAsync(group, other);
        await NotAllowedAsync(admin.TryRemoveAsync(group, peer.Id));
        await NotAllowedAsync(admin.TryRemoveAsync(group, owner.Id));
        await owner.RemoveAsync(group, admin);
        await NotFoundAsync(admin.TryAddAsync(group, other.Id));

        static Task NotAllowedAsync(Task<HttpResponseMessage> call) => Person.RefusedAsync(call, HttpStatusCode.Forbidden, "not_allowed");
    }

    [Fact]
    public async Task Nobody_comes_into_a_conversation_of_two_or_leaves_it()
    {
        var (ann, bob, cid) = (await chat.PersonAsync(), await chat.PersonAsync(), await chat.PersonAsync());
        var direct = await ann.StartDirectAsync(bob);

        await Person.RefusedAsync(ann.TryAddAsync(direct, cid.Id), HttpStatusCode.Forbidden, "not_allowed");
        await Person.RefusedAsync(ann.TryRemoveAsync(direct, ann.Id), HttpStatusCode.Forbidden, "not_allowed");
    }

    [Fact]
    public async Task Who_is_not_there_can_not_be_put_out_and_a_stranger_not_brought_in()
    {
        var (ann, bob, cid) = (await chat.PersonAsync(), await chat.PersonAsync(), await chat.PersonAsync());
        var group = await ann.StartGroupAsync("Team", bob);
        chat.Sidecar.Route("user", new Strangers());

        await Person.RefusedAsync(ann.TryRemoveAsync(group, cid.Id), HttpStatusCode.NotFound, "member_not_found");
        await Person.RefusedAsync(ann.TryAddAsync(group, cid.Id, Guid.NewGuid()), HttpStatusCode.NotFound, "user_not_found");
        await Person.RefusedAsync(ann.TryAddAsync(group), HttpStatusCode.BadRequest, "invalid_request");
        await Person.RefusedAsync(ann.TryAddAsync(group, Enumerable.Range(0, 501).Select(_ => Guid.NewGuid())), HttpStatusCode.BadRequest, "invalid_request");
    }

    [Fact]
    public async Task After_his_removal_the_log_has_no_message_of_who_writes_all_the_time()
    {
        var (ann, bob) = (await chat.PersonAsync(), await chat.PersonAsync());
        var group = await ann.StartGroupAsync("Team", bob, await chat.PersonAsync());

        var writing = Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            while (true)
            {
                using var answer = await bob.TrySendAsync(group, "hello");
                if (answer.StatusCode is HttpStatusCode.NotFound)
                    return;
            }
        }));
        await Wait.UntilAsync(async () => (await ann.PlacesAsync(group)).Count() > 20, "nothing is written");
        await ann.RemoveAsync(group, bob);
        await writing;

        var log = await ann.LogAsync(group);
        Assert.Equal(MembersChange.Removed, log[^1].System?.Change);
        Assert.Equal(Person.Places(log.Count - 1), log.Select(message => message.Seq));
    }

    private static Task NotFoundAsync(Task<HttpResponseMessage> call) => Person.RefusedAsync(call, HttpStatusCode.NotFound, "conversation_not_found");

    private sealed class Strangers : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(new HttpResponseMessage(HttpStatusCode.NotFound));
    }
}
