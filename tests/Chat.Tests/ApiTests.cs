using System.Text.Json.Nodes;
using ChatApp.Contracts;

namespace ChatApp.Chat.Tests;

public sealed class ApiTests(ChatApi chat) : IClassFixture<ChatApi>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_route_is_described()
    {
        var document = JsonNode.Parse(await chat.Anonymous().GetStringAsync("/openapi/v1.json", Cancel))!;

        var operations = document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject()).Select(operation => operation.Value!).ToArray();
        Assert.Equal(13, operations.Length);
        Assert.All(operations, operation => Assert.False(string.IsNullOrEmpty(operation["summary"]?.GetValue<string>())));
        Assert.Equal(13, operations.Select(operation => operation["operationId"]!.GetValue<string>()).Distinct().Count());
    }

    [Fact]
    public async Task The_sidecar_is_asked_for_what_users_are_and_to_whom_they_will_not_talk()
    {
        var all = JsonNode.Parse(await chat.Anonymous().GetStringAsync("/dapr/subscribe", Cancel))!.AsArray();
        var subscriptions = all.Where(one => one!["pubsubName"]!.GetValue<string>() == "pubsub").ToList();

        Assert.Equal(["users.profiles", "users.relationships"], subscriptions.Select(one => one!["topic"]!.GetValue<string>()).Order());
        Assert.All(subscriptions, one => Assert.Equal("chat.deadletters", one!["deadLetterTopic"]!.GetValue<string>()));
    }

    [Fact]
    public async Task An_event_that_this_service_has_no_use_for_is_acknowledged() =>
        Assert.Equal("SUCCESS", await chat.DeliverAsync(new FriendRequested(Guid.NewGuid(), Guid.NewGuid(), 1, DateTimeOffset.UtcNow)));
}
