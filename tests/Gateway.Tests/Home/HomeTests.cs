using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace ChatApp.Gateway.Tests.Home;

public sealed class HomeTests(GatewayApi gateway) : IClassFixture<GatewayApi>
{
    private const string Me = """{"id":"1","displayName":"Ann"}""";
    private const string Conversations = """{"items":[{"id":"a","name":"Bob","unread":3},{"id":"b","name":"Lunch","unread":0},{"id":"c","name":"Eve","unread":1}],"next":null}""";
    private const string Notifications = """{"items":[{"id":"n","title":"Bob","count":3,"firstSeq":5,"lastSeq":8}],"next":"n"}""";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Everything_for_the_first_screen_comes_in_one_answer()
    {
        var (user, chat, notification) = AllWell();
        var client = gateway.ClientFor(Guid.NewGuid());

        var home = await client.GetFromJsonAsync<JsonElement>("/api/home", Cancel);

        Assert.Equal(Me, home.GetProperty("me").GetRawText());
        Assert.Equal(Conversations, home.GetProperty("conversations").GetRawText());
        Assert.Equal(Notifications, home.GetProperty("notifications").GetRawText());
        Assert.Equal("""{"messages":4,"conversations":2,"notifications":9}""", home.GetProperty("unread").GetRawText());
        Assert.Equal("[]", home.GetProperty("partial").GetRawText());
        Assert.All(
            user.Calls.Concat(chat.Calls).Concat(notification.Calls),
            call => Assert.Equal(client.DefaultRequestHeaders.Authorization!.ToString(), call.Headers["Authorization"]));
    }

    [Fact]
    public async Task A_part_that_hangs_is_named_and_the_others_answer()
    {
        var (_, chat, _) = AllWell();
        chat.Hangs("/conversations");

        var home = await HomeAsync();

        Assert.Equal("""["chat"]""", home.GetProperty("partial").GetRawText());
        Assert.Equal(JsonValueKind.Null, home.GetProperty("conversations").ValueKind);
        Assert.Equal("""{"messages":null,"conversations":null,"notifications":9}""", home.GetProperty("unread").GetRawText());
        Assert.Equal(Me, home.GetProperty("me").GetRawText());
    }

    [Fact]
    public async Task A_part_that_fails_or_talks_nonsense_is_named()
    {
        var (user, chat, notification) = AllWell();
        user.Answers("/me", """{"errorCode":"ERR_DIRECT_INVOKE","message":"no"}""", HttpStatusCode.InternalServerError);
        chat.Answers("/conversations", "<html>", type: "text/html");
        notification.Answers("/notifications/unread-count", "{\"count\":");

        var home = await HomeAsync();

        Assert.Equal("""["user","chat","notification"]""", home.GetProperty("partial").GetRawText());
        Assert.Equal(Notifications, home.GetProperty("notifications").GetRawText());
    }

    [Fact]
    public async Task The_parts_are_asked_for_at_the_same_time()
    {
        var (user, chat, notification) = AllWell();
        user.Hangs("/me");
        chat.Hangs("/conversations");
        notification.Hangs("/notifications").Hangs("/notifications/unread-count");
        var started = TimeProvider.System.GetTimestamp();

        var home = await HomeAsync();

        Assert.Equal("""["user","chat","notification"]""", home.GetProperty("partial").GetRawText());
        Assert.True(TimeProvider.System.GetElapsedTime(started) < 2 * GatewayApi.Deadline);
    }

    [Fact]
    public async Task Nobody_has_a_home_without_a_token() =>
        await (await gateway.Anonymous().GetAsync("/api/home", Cancel)).ExpectAsync(HttpStatusCode.Unauthorized, "unauthenticated");

    private Task<JsonElement> HomeAsync() => gateway.ClientFor(Guid.NewGuid()).GetFromJsonAsync<JsonElement>("/api/home", Cancel);

    private (FakeApp User, FakeApp Chat, FakeApp Notification) AllWell() => (
        gateway.App("user").Answers("/me", Me),
        gateway.App("chat").Answers("/conversations", Conversations),
        gateway.App("notification").Answers("/notifications", Notifications).Answers("/notifications/unread-count", """{"count":9}"""));
}
