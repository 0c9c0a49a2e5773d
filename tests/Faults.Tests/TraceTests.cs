using System.Text.Json;
using ChatApp.Faults.Tests.Load;

namespace ChatApp.Faults.Tests;

/// <summary>What somebody sees who looks for a message or at the whole, while everything runs and deliveries come twice.</summary>
public sealed class TraceTests(FaultySystem system)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private static readonly string[] Way =
    [
        "gateway: POST /api/conversations/{**rest}",
        "sidecar: invoke chat",
        "chat: POST /conversations/{id:guid}/messages/",
        "chat: append messages",
        "chat: insert chat_db.messages",
        "chat: publish chat.messages",
        "sidecar: deliver chat.messages",
        "gateway: POST /events/chat.messages",
        "notification: POST /events/chat.messages",
        "notification: handle batch",
        "notification: update notification_db.memberships",
        "notification: publish notifications.inbox",
        "gateway: POST /events/notifications.inbox",
    ];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_way_of_a_message_is_one_trace_through_every_part()
    {
        await using var crowd = await Crowd.GatherAsync(system.Running.Gateways, 2, Cancel);
        const string Text = "nobody else's business";
        await crowd.People[0].SayAsync(crowd.Circles[0].Id, Text, Cancel);
        var key = crowd.Journal.Acknowledged.Single().ClientMessageId;

        // Each process exports its spans twice a second, the last when its part is done.
        var spans = await UntilAsync(
            async () => (await FaultySystem.LookAsync("trace", $"{key}"))?.EnumerateArray().ToList() ?? [],
            spans => !Way.Except(spans.Select(Step)).Any());

        Assert.Empty(Way.Except(spans.Select(Step)));
        Assert.All(spans, span => Assert.DoesNotContain(Text, $"{span}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Every_part_is_well_and_what_waits_is_counted()
    {
        // Counted by each process every few seconds.
        var status = await UntilAsync(async () => (await FaultySystem.LookAsync("status"))!.Value, status => !Uncounted(status).Any());

        Assert.Empty(Uncounted(status));
        Assert.True(status.GetProperty("ok").GetBoolean(), $"{status}");
        var parts = status.GetProperty("parts").EnumerateArray().Select(part => part.GetProperty("name").GetString()!).ToList();
        Assert.Superset(system.Running.Parts.Select(part => part.Name).Concat(system.Running.Services.Select(service => $"sidecar of {service}")).ToHashSet(), parts.ToHashSet());
    }

    /// <summary>What is not known (yet) of what waits where.</summary>
    private static IEnumerable<string> Uncounted(JsonElement status)
    {
        var backlogs = status.GetProperty("backlogs").EnumerateArray().ToDictionary(backlog => backlog.GetProperty("service").GetString()!);
        foreach (var (count, services) in ((string, string[])[])
            [("outbox", ["auth", "user", "chat", "notification"]), ("lag", ["user", "chat", "notification", "gateway"]), ("deadLetters", ["user", "chat", "notification"]), ("streams", ["gateway"])])
        {
            foreach (var service in services.Where(service => !backlogs.TryGetValue(service, out var backlog) || backlog.GetProperty(count).ValueKind is not JsonValueKind.Number))
                yield return $"{count} of {service}";
        }
    }

    private static string Step(JsonElement span) => $"{span.GetProperty("service").GetString()}: {span.GetProperty("name").GetString()}";

    private static async Task<T> UntilAsync<T>(Func<Task<T>> look, Func<T, bool> fits)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        limit.CancelAfter(Limit);
        while (true)
        {
            var seen = await look();
            if (fits(seen) || limit.IsCancellationRequested)
                return seen;
        }
    }
}
