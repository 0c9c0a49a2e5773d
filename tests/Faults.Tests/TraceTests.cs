using System.Text.Json;
using ChatApp.Faults.Tests.Load;

namespace ChatApp.Faults.Tests;

/// <summary>What somebody sees who looks for a message or at the whole, while everything runs and deliveries come twice.</summary>
public sealed class TraceTests(FaultySystem system)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_way_of_a_message_is_one_trace_through_every_part()
    {
        await using var crowd = await Crowd.GatherAsync(system.Running.Gateways, 2, Cancel);
        const string Text = "nobody else's business";
        await crowd.People[0].SayAsync(crowd.Circles[0].Id, Text, Cancel);
        var key = crowd.Journal.Acknowledged.Single().ClientMessageId;

        // Spans are exported twice a second; the last handler's come when it is done.
        var spans = await UntilAsync(
            async () => (await FaultySystem.LookAsync("trace", $"{key}"))?.EnumerateArray().ToList() ?? [],
            spans => spans.Select(Step).Contains("gateway: POST /events/notifications.inbox"));

        var steps = spans.Select(Step).ToList();
        Assert.All(
            (string[])
            [
                "gateway: POST /api/conversations/{**rest}",
                "sidecar: invoke chat",
                "chat: POST /conversations/{id:guid}/messages/",
                "chat: append messages",
                "chat: insert chat_db.messages",
                "chat: publish chat.messages",
                "sidecar: send chat.messages",
                "sidecar: deliver chat.messages",
                "notification: POST /events/chat.messages",
                "notification: insert notification_db.notifications",
                "notification: publish notifications.inbox",
            ],
            step => Assert.Contains(step, steps));
        Assert.All(spans, span => Assert.DoesNotContain(Text, $"{span}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Every_part_is_well_and_what_waits_is_counted()
    {
        var status = await UntilAsync(
            async () => (await FaultySystem.LookAsync("status"))!.Value,
            status => status.GetProperty("backlogs").EnumerateArray().Count(backlog => backlog.GetProperty("lag").ValueKind is JsonValueKind.Number) >= 4);

        Assert.True(status.GetProperty("ok").GetBoolean(), $"{status}");
        var parts = status.GetProperty("parts").EnumerateArray().Select(part => part.GetProperty("name").GetString()!).ToList();
        Assert.Superset(system.Running.Parts.Select(part => part.Name).Concat(system.Running.Services.Select(service => $"sidecar of {service}")).ToHashSet(), parts.ToHashSet());
        var backlogs = status.GetProperty("backlogs").EnumerateArray().ToDictionary(backlog => backlog.GetProperty("service").GetString()!);
        Assert.Equal(["auth", "chat", "gateway", "notification", "user"], backlogs.Keys.Order());
        Assert.All((string[])["auth", "user", "chat", "notification"], service => Assert.Equal(JsonValueKind.Number, backlogs[service].GetProperty("outbox").ValueKind));
        Assert.Equal(JsonValueKind.Number, backlogs["gateway"].GetProperty("streams").ValueKind);
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
