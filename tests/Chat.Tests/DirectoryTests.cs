using System.Net;
using System.Net.Http.Json;
using ChatApp.Contracts;

namespace ChatApp.Chat.Tests;

public sealed class DirectoryTests(ChatApi chat) : IClassFixture<ChatApi>
{
    [Fact]
    public async Task The_newest_profile_is_shown_however_often_and_in_which_order_events_come()
    {
        var (ann, bob) = (await chat.PersonAsync(), await chat.PersonAsync());
        var conversation = await ann.StartDirectAsync(bob);
        var third = Named(bob.Id, "Robert", 3);
        var id = Guid.CreateVersion7();

        await HeardAsync(third, id);
        await HeardAsync(third, id);
        await HeardAsync(Named(bob.Id, "Bobby", 2));

        Assert.Equal("Robert", (await ann.ListedAsync(conversation))["name"]!.GetValue<string>());
    }

    [Fact]
    public async Task Somebody_who_has_just_registered_is_asked_for_and_remembered()
    {
        var (ann, newcomer, asked) = (await chat.PersonAsync(), Guid.CreateVersion7(), 0);
        chat.Sidecar.Route("user", new Answering(request =>
        {
            Interlocked.Increment(ref asked);
            Assert.Equal(ann.Http.DefaultRequestHeaders.Authorization, request.Headers.Authorization);
            return request.RequestUri!.AbsolutePath == $"/users/{newcomer}"
                ? new HttpResponseMessage { Content = JsonContent.Create(new { id = newcomer, username = "new", displayName = "Newcomer", avatarUrl = (string?)null, version = 1 }) }
                : new HttpResponseMessage(HttpStatusCode.NotFound);
        }));

        var direct = await Person.OkAsync(ann.TryStartDirectAsync(newcomer));
        await Person.OkAsync(ann.TryStartGroupAsync("Both", newcomer));

        Assert.Equal("Newcomer", direct["name"]!.GetValue<string>());
        Assert.Equal(1, asked);
        await Person.RefusedAsync(ann.TryStartDirectAsync(Guid.NewGuid()), HttpStatusCode.NotFound, "user_not_found");
        await Person.RefusedAsync(ann.TryStartGroupAsync("All", newcomer, Guid.NewGuid()), HttpStatusCode.NotFound, "user_not_found");
    }

    [Fact]
    public async Task While_the_user_service_is_down_a_stranger_cant_be_judged()
    {
        var ann = await chat.PersonAsync();
        chat.Sidecar.Route("user", new Answering(_ => new HttpResponseMessage(HttpStatusCode.InternalServerError)));

        await Person.RefusedAsync(ann.TryStartDirectAsync(Guid.NewGuid()), HttpStatusCode.ServiceUnavailable, "user_service_unavailable");
    }

    [Fact]
    public async Task After_a_block_neither_side_writes_and_only_the_blocker_hears_why()
    {
        var (ann, bob) = (await chat.PersonAsync(), await chat.PersonAsync());
        var conversation = await ann.StartDirectAsync(bob);
        await bob.SendAsync(conversation);

        await HeardAsync(Blocked(ann, bob, true, 1));

        await Person.RefusedAsync(bob.TrySendAsync(conversation, "hello"), HttpStatusCode.NotFound, "user_not_found");
        await Person.RefusedAsync(ann.TrySendAsync(conversation, "hello"), HttpStatusCode.Forbidden, "user_blocked");
        Assert.Equal(Person.Places(1), await bob.PlacesAsync(conversation));

        await HeardAsync(Blocked(ann, bob, false, 2));
        Assert.Equal(3, await bob.SendAsync(conversation));
    }

    [Fact]
    public async Task A_block_keeps_new_conversations_and_invitations_away()
    {
        var (ann, bob, cid) = (await chat.PersonAsync(), await chat.PersonAsync(), await chat.PersonAsync());
        await HeardAsync(Blocked(ann, bob, true, 1));

        await Person.RefusedAsync(bob.TryStartDirectAsync(ann.Id), HttpStatusCode.NotFound, "user_not_found");
        await Person.RefusedAsync(ann.TryStartDirectAsync(bob.Id), HttpStatusCode.Forbidden, "user_blocked");
        await Person.RefusedAsync(bob.TryStartGroupAsync("Us", cid.Id, ann.Id), HttpStatusCode.NotFound, "user_not_found");
        await Person.OkAsync(cid.TryStartGroupAsync("All", ann.Id, bob.Id));
        var group = await bob.StartGroupAsync("Us", cid);
        await Person.RefusedAsync(bob.TryAddAsync(group, ann.Id), HttpStatusCode.NotFound, "user_not_found");
    }

    [Fact]
    public async Task The_newest_state_of_a_block_stands_however_often_and_in_which_order_events_come()
    {
        var (ann, bob) = (await chat.PersonAsync(), await chat.PersonAsync());
        var conversation = await ann.StartDirectAsync(bob);
        var blocked = Blocked(ann, bob, true, 3);

        await HeardAsync(blocked);
        await HeardAsync(Blocked(ann, bob, false, 2));
        await HeardAsync(blocked);

        await Person.RefusedAsync(bob.TrySendAsync(conversation, "hello"), HttpStatusCode.NotFound, "user_not_found");
        await HeardAsync(Blocked(ann, bob, false, 4));
        await HeardAsync(blocked);
        Assert.Equal(2, await bob.SendAsync(conversation));
    }

    private async Task HeardAsync<T>(T @event, Guid? id = null)
        where T : IEvent => Assert.Equal("SUCCESS", await chat.DeliverAsync(@event, id));

    private static ProfileUpdated Named(Guid id, string name, long version) => new(id, $"user_{id:N}", name, null, version, DateTimeOffset.UtcNow);

    private static BlockChanged Blocked(Person blocker, Person other, bool blocked, long version) =>
        new(blocker.Id, other.Id, blocked, version, DateTimeOffset.UtcNow);

    private sealed class Answering(Func<HttpRequestMessage, HttpResponseMessage> answer) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => Task.FromResult(answer(request));
    }
}
