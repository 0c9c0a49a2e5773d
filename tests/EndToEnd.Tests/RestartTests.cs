namespace ChatApp.EndToEnd.Tests;

/// <summary>Takes the services away under whoever uses them. What the other brokers keep through a crash of theirs is tested with the sidecar.</summary>
[Trait(ChatSystem.Broker, ChatSystem.Any)]
public sealed class RestartTests(ChatSystem chat)
{
    [Fact]
    public async Task A_conversation_goes_on_behind_a_restart_of_every_service()
    {
        using var alice = await Person.SignUpAsync(chat, "alice");
        using var bob = await Person.SignUpAsync(chat, "bob");
        await alice.BefriendAsync(bob);
        var conversation = await alice.StartDirectAsync(bob);
        var before = await alice.SayAsync(conversation, "before");
        await bob.PutAsync("/api/settings", new { theme = "dark" });

        await chat.RestartServicesAsync();

        await bob.LogInAsync();
        await using var stream = await bob.ListenAsync();
        var after = await alice.SayAsync(conversation, "after");
        await stream.NextAsync("message", message => message.GetProperty("text").GetString() == "after");

        Assert.Equal(before.GetProperty("seq").GetInt64() + 1, after.GetProperty("seq").GetInt64());
        var history = (await bob.GetAsync($"/api/conversations/{conversation}/messages")).GetProperty("items");
        Assert.Equal(["", "before", "after"], history.EnumerateArray().OrderBy(message => message.GetProperty("seq").GetInt64()).Select(message => message.GetProperty("text").GetString()));
        Assert.Equal("dark", (await bob.GetAsync("/api/settings")).GetProperty("settings").GetProperty("theme").GetString());
        Assert.Single((await bob.GetAsync("/api/friends")).GetProperty("items").EnumerateArray());
    }

    [Fact]
    public async Task Nothing_that_was_acknowledged_is_gone_after_everything_was_killed()
    {
        using var alice = await Person.SignUpAsync(chat, "alice");
        using var bob = await Person.SignUpAsync(chat, "bob");
        await alice.BefriendAsync(bob);
        await bob.PutAsync("/api/settings", new { theme = "dark" });
        var conversation = await alice.StartDirectAsync(bob);
        var acknowledged = new List<string>();
        for (var i = 0; i < 25; i++)
            acknowledged.Add((await alice.SayAsync(conversation, $"message {i}")).GetProperty("text").GetString()!);

        await chat.KillEverythingAndStartAgainAsync();

        using var back = await bob.ComeBackAsync(chat);
        var history = (await back.GetAsync($"/api/conversations/{conversation}/messages?limit=100")).GetProperty("items").EnumerateArray()
            .OrderBy(message => message.GetProperty("seq").GetInt64()).Skip(1).ToList();
        Assert.Equal(acknowledged, history.Select(message => message.GetProperty("text").GetString()));
        Assert.Equal(Enumerable.Range(2, 25).Select(seq => (long)seq), history.Select(message => message.GetProperty("seq").GetInt64()));
        Assert.Equal("dark", (await back.GetAsync("/api/settings")).GetProperty("settings").GetProperty("theme").GetString());
        Assert.Single((await back.GetAsync("/api/friends")).GetProperty("items").EnumerateArray());
        // What the crash left unpublished and unprojected is made up for.
        await back.GetUntilAsync("/api/conversations", list => list.GetProperty("items").EnumerateArray().Any(item => item.GetProperty("unread").GetInt64() == 25));
    }
}
