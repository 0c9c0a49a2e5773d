using System.Diagnostics;
using System.Text;
using System.Text.Json;
using ChatApp.Faults.Tests.History;
using ChatApp.Faults.Tests.Load;

namespace ChatApp.Faults.Tests;

/// <summary>Events that nobody can handle: they end among the dead letters of who hears the topic, and hold up nothing behind them.</summary>
public sealed class PoisonTests(FaultySystem system)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("auth", "auth.users", "auth.user.registered", "v1", "user")]
    [InlineData("user", "users.profiles", "users.profile.updated", "v1", "chat", "notification")]
    [InlineData("user", "users.relationships", "users.block.changed", "v1", "chat", "notification")]
    [InlineData("chat", "chat.messages", "chat.message.sent", "v2", "notification")]
    [InlineData("chat", "chat.conversations", "chat.membership.changed", "v2", "notification")]
    public async Task A_poison_message_becomes_a_dead_letter_and_its_partition_goes_on(string owner, string topic, string type, string version, params string[] hearers)
    {
        var key = Guid.NewGuid().ToString();
        byte[][] poison =
        [
            "{\"id\":"u8.ToArray(),
            Event($"{type}.v99", new { }),
            Event($"{type}.{version}", new { }),
            Event($"{type}.{version}", new { text = new string('x', 3 << 20) }),
            Event($"{type}.{version}", "the last one is kept only if those before it were let go"),
        ];

        foreach (var payload in poison)
            await FaultySystem.PublishRawAsync(owner, topic, key, payload);

        foreach (var hearer in hearers)
        {
            // Exactly these: the cases before left none.
            await KeepsAsync(hearer, poison.Length);
            await system.CommandAsync("deadletters", "discard", hearer, "--all");
        }
    }

    [Fact]
    public async Task People_talk_on_beside_poison()
    {
        await using var pair = await Crowd.GatherAsync(system.Running.Gateways, 2, Cancel);
        await FaultySystem.PublishRawAsync("chat", "chat.messages", $"{pair.Circles[0].Id}", "no event at all"u8.ToArray());

        await pair.People[0].SayAsync(pair.Circles[0].Id, "behind the poison", Cancel);

        Assert.Empty(await Verdict.ReachAsync(pair, Cancel));
        await KeepsAsync("notification", 1);
        await system.CommandAsync("deadletters", "discard", "notification", "--all");
    }

    private static byte[] Event(string type, object data) => Encoding.UTF8.GetBytes(JsonSerializer.Serialize(new
    {
        specversion = "1.0",
        id = Guid.NewGuid(),
        source = "poison",
        type,
        datacontenttype = "application/json",
        data,
    }));

    /// <summary>Not by topic: what is no CloudEvent can't say where it was published, and not every broker does.</summary>
    private async Task KeepsAsync(string hearer, int expected)
    {
        for (var waited = Stopwatch.StartNew(); ;)
        {
            var listed = await system.CommandAsync("deadletters", "list", hearer);
            var kept = listed.GetProperty("services")[0].GetProperty("letters").GetArrayLength();
            if (kept == expected)
                return;
            if (waited.Elapsed > FaultySystem.Patience)
                throw new TimeoutException($"{hearer} keeps {kept} dead letters, and not {expected}: {listed}");
        }
    }
}
