using System.Net;
using System.Text.Json;

namespace ChatApp.EndToEnd.Tests;

public sealed class StoryTests(ChatSystem chat)
{
    [Fact]
    public async Task Two_people_meet_talk_live_and_find_their_notifications()
    {
        using var alice = await Person.SignUpAsync(chat, "alice");
        using var bob = await Person.SignUpAsync(chat, "bob");
        await alice.BefriendAsync(bob);
        await using var bobsStream = await bob.ListenAsync();
        await using var alicesStream = await alice.ListenAsync();

        var conversation = await alice.StartDirectAsync(bob);
        var sent = await alice.SayAsync(conversation, "Hello, Bob!");

        var arrived = await bobsStream.NextAsync("message", message => message.GetProperty("system").ValueKind is JsonValueKind.Null);
        Assert.Equal(conversation, arrived.GetProperty("conversationId").GetGuid());
        Assert.Equal("Hello, Bob!", arrived.GetProperty("text").GetString());
        // The first message says who is in the conversation.
        Assert.Equal(2, arrived.GetProperty("seq").GetInt64());
        Assert.Equal(2, sent.GetProperty("seq").GetInt64());

        // The list follows the log within a second.
        var listed = await bob.GetUntilAsync(
            "/api/conversations", list => list.GetProperty("items").EnumerateArray().Any(item => item.GetProperty("unread").GetInt64() == 1));
        Assert.Equal(conversation, Assert.Single(listed.GetProperty("items").EnumerateArray()).GetProperty("id").GetGuid());

        await bob.GetUntilAsync("/api/notifications/unread-count", count => count.GetProperty("count").GetInt64() >= 2);
        var kinds = (await bob.GetAsync("/api/notifications")).GetProperty("items").EnumerateArray().Select(item => item.GetProperty("kind").GetString()).ToList();
        Assert.Contains("friend_request", kinds);
        Assert.Contains("message", kinds);

        await bob.PutAsync($"/api/conversations/{conversation}/read", new { seq = 2 });
        var receipts = await alicesStream.NextAsync("receipts", _ => true);
        Assert.Equal(bob.Id, receipts.GetProperty("receipts")[0].GetProperty("userId").GetGuid());
        await bob.GetUntilAsync("/api/conversations", list => list.GetProperty("items")[0].GetProperty("unread").GetInt64() == 0);
    }

    [Fact]
    public async Task Both_sides_see_one_order_whoever_writes()
    {
        using var alice = await Person.SignUpAsync(chat, "alice");
        using var bob = await Person.SignUpAsync(chat, "bob");
        await using var alicesStream = await alice.ListenAsync();
        await using var bobsStream = await bob.ListenAsync();
        var conversation = await alice.StartDirectAsync(bob);

        await Task.WhenAll(Enumerable.Range(0, 40).Select(i => (i % 2 == 0 ? alice : bob).SayAsync(conversation, $"message {i}")));

        var history = Ordered((await bob.GetAsync($"/api/conversations/{conversation}/messages?limit=100")).GetProperty("items").EnumerateArray());
        Assert.Equal(Enumerable.Range(1, 41).Select(seq => (long)seq), history.Select(message => message.Seq));
        foreach (var stream in (LiveEvents[])[alicesStream, bobsStream])
        {
            // Two replicas of chat write, and publish, side by side: a client puts what arrives in its place.
            for (var seq = 1; seq <= 41; seq++)
                await stream.NextAsync("message", message => message.GetProperty("seq").GetInt64() == seq);
            Assert.Equal(history, Ordered(stream.Of("message")));
        }

        static List<(long Seq, string? Text)> Ordered(IEnumerable<JsonElement> messages) =>
            [.. messages.Select(message => (message.GetProperty("seq").GetInt64(), message.GetProperty("text").GetString())).Order()];
    }

    [Fact]
    public async Task Who_is_brought_into_a_group_hears_what_follows_and_who_is_put_out_does_not()
    {
        using var alice = await Person.SignUpAsync(chat, "alice");
        using var bob = await Person.SignUpAsync(chat, "bob");
        using var cleo = await Person.SignUpAsync(chat, "cleo");
        await using var bobsStream = await bob.ListenAsync();
        await using var cleosStream = await cleo.ListenAsync();
        var group = (await alice.PostAsync("/api/conversations", new { kind = "group", title = "Lunch", memberIds = new[] { bob.Id } })).GetProperty("id").GetGuid();
        await alice.SayAsync(group, "for Bob");
        await bobsStream.NextAsync("message", message => message.GetProperty("text").GetString() == "for Bob");

        await alice.PostAsync($"/api/conversations/{group}/members", new { userIds = new[] { cleo.Id } });
        await cleosStream.NextAsync("conversation", conversation => conversation.GetProperty("id").GetGuid() == group);
        await alice.DeleteAsync($"/api/conversations/{group}/members/{bob.Id}");
        await bobsStream.NextAsync("message", message => message.GetProperty("system") is { ValueKind: JsonValueKind.Object } system && system.GetProperty("change").GetString() == "removed");
        await alice.SayAsync(group, "for Cleo");
        await cleosStream.NextAsync("message", message => message.GetProperty("text").GetString() == "for Cleo");

        using var refused = await bob.TrySayAsync(group, "still here?");
        Assert.Equal(HttpStatusCode.NotFound, refused.StatusCode);
        Assert.DoesNotContain(bobsStream.Of("message"), message => message.GetProperty("text").GetString() == "for Cleo");
        Assert.DoesNotContain(cleosStream.Of("message"), message => message.GetProperty("text").GetString() == "for Bob");
        Assert.Equal(
            ["created", "added", "removed"],
            (await cleo.GetAsync($"/api/conversations/{group}/messages?after=0")).GetProperty("items").EnumerateArray()
                .Select(message => message.GetProperty("system")).Where(system => system.ValueKind is JsonValueKind.Object)
                .Select(system => system.GetProperty("change").GetString()));
    }

    [Fact]
    public async Task The_home_screen_has_it_all_in_one_answer()
    {
        using var alice = await Person.SignUpAsync(chat, "alice");
        using var bob = await Person.SignUpAsync(chat, "bob");
        var conversation = await alice.StartDirectAsync(bob);
        await alice.SayAsync(conversation, "Are you there?");

        var home = await bob.GetUntilAsync("/api/home", answer => answer.GetProperty("conversations").GetProperty("items").GetArrayLength() == 1);

        Assert.Equal(bob.Id, home.GetProperty("me").GetProperty("id").GetGuid());
        Assert.Empty(home.GetProperty("partial").EnumerateArray());
    }

    [Fact]
    public async Task A_blocked_person_can_not_write_any_more()
    {
        using var alice = await Person.SignUpAsync(chat, "alice");
        using var bob = await Person.SignUpAsync(chat, "bob");
        var conversation = await alice.StartDirectAsync(bob);
        await bob.SayAsync(conversation, "Buy my things!");

        await alice.PutAsync($"/api/blocks/{bob.Id}");

        // The stated bound: the event has to arrive, and what the chat service remembers to expire.
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(15));
        var refused = false;
        while (!refused && !limit.IsCancellationRequested)
        {
            using var answer = await bob.TrySayAsync(conversation, "Buy more!");
            refused = !answer.IsSuccessStatusCode;
        }

        Assert.True(refused);
    }

    [Fact]
    public async Task A_session_that_was_ended_loses_its_live_stream()
    {
        using var alice = await Person.SignUpAsync(chat, "alice");
        using var elsewhere = await alice.ComeBackAsync(chat);
        await using var ended = await alice.ListenAsync();
        await using var other = await elsewhere.ListenAsync();

        await alice.PostAsync("/api/auth/logout", new { refreshToken = alice.RefreshToken });

        await ended.NextAsync("revoked", _ => true);
        Assert.Empty(other.Of("revoked"));
        using var again = await alice.SendAsync(HttpMethod.Get, "/api/stream");
        Assert.Equal(HttpStatusCode.Unauthorized, again.StatusCode);
    }
}
