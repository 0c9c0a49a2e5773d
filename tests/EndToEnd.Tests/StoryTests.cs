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

        var arrived = await bobsStream.NextAsync("message", message => message.GetProperty("conversationId").GetGuid() == conversation);
        Assert.Equal("Hello, Bob!", arrived.GetProperty("text").GetString());
        Assert.Equal(1, arrived.GetProperty("seq").GetInt64());
        Assert.Equal(1, sent.GetProperty("seq").GetInt64());

        var listed = (await bob.GetUntilAsync("/api/conversations", list => list.GetProperty("items").GetArrayLength() == 1)).GetProperty("items")[0];
        Assert.Equal(conversation, listed.GetProperty("id").GetGuid());
        Assert.Equal(1, listed.GetProperty("unread").GetInt64());

        await bob.GetUntilAsync("/api/notifications/unread-count", count => count.GetProperty("count").GetInt64() >= 2);
        var kinds = (await bob.GetAsync("/api/notifications")).GetProperty("items").EnumerateArray().Select(item => item.GetProperty("kind").GetString()).ToList();
        Assert.Contains("friend_request", kinds);
        Assert.Contains("message", kinds);

        await bob.PutAsync($"/api/conversations/{conversation}/read", new { seq = 1 });
        var receipt = await alicesStream.NextAsync("receipt", _ => true);
        Assert.Equal(bob.Id, receipt.GetProperty("userId").GetGuid());
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
        Assert.Equal(Enumerable.Range(1, 40).Select(seq => (long)seq), history.Select(message => message.Seq));
        foreach (var stream in (LiveEvents[])[alicesStream, bobsStream])
        {
            // Two replicas of chat write, and publish, side by side: a client puts what arrives in its place.
            for (var seq = 1; seq <= 40; seq++)
                await stream.NextAsync("message", message => message.GetProperty("seq").GetInt64() == seq);
            Assert.Equal(history, Ordered(stream.Of("message")));
        }

        static List<(long Seq, string? Text)> Ordered(IEnumerable<JsonElement> messages) =>
            [.. messages.Select(message => (message.GetProperty("seq").GetInt64(), message.GetProperty("text").GetString())).Order()];
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
