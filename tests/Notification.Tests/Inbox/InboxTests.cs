using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using ChatApp.Contracts;

namespace ChatApp.Notification.Tests.Inbox;

public sealed class InboxTests(NotificationApi notifications) : IClassFixture<NotificationApi>
{
    private readonly Guid _alice = Guid.CreateVersion7(), _bob = Guid.CreateVersion7(), _eve = Guid.CreateVersion7();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_inbox_is_read_page_by_page_newest_first()
    {
        var lunch = Conversation.Direct(_alice, _bob);
        MessageSent[] sent = [.. Enumerable.Range(0, 7).Select(_ => lunch.Say(_alice))];
        // Not in the order in which they happened.
        await notifications.HearAsync([.. sent.Reverse()]);

        List<long?> seen = [];
        string? before = null;
        do
        {
            var page = await notifications.InboxAsync(_bob, $"?limit=3{(before is null ? "" : $"&before={before}")}");
            seen.AddRange(page.Items.Select(item => item.Seq));
            before = page.Next;
        }
        while (before is not null);

        Assert.Equal([7, 6, 5, 4, 3, 2, 1], seen);
    }

    [Fact]
    public async Task A_last_page_that_is_full_has_none_behind_it()
    {
        var lunch = Conversation.Direct(_alice, _bob);
        await notifications.HearAsync(lunch.Say(_alice), lunch.Say(_alice));

        Assert.Null((await notifications.InboxAsync(_bob, "?limit=2")).Next);
        Assert.Empty((await notifications.InboxAsync(_eve)).Items);
    }

    [Fact]
    public async Task Reading_one_lowers_the_count_and_is_announced_once()
    {
        var lunch = Conversation.Direct(_alice, _bob);
        await notifications.HearAsync(lunch.Say(_alice), lunch.Say(_alice));
        var read = (await notifications.InboxAsync(_bob)).Items[0];

        using var first = await notifications.PutAsync(_bob, $"/notifications/{read.Id}/read");
        var readAt = (await notifications.InboxAsync(_bob)).Items[0].ReadAt;
        using var again = await notifications.PutAsync(_bob, $"/notifications/{read.Id}/read");

        Assert.Equal((HttpStatusCode.NoContent, HttpStatusCode.NoContent), (first.StatusCode, again.StatusCode));
        Assert.Equal(1, await notifications.UnreadAsync(_bob));
        Assert.NotNull(readAt);
        Assert.Equal(readAt, (await notifications.InboxAsync(_bob)).Items[0].ReadAt);
        var announced = await notifications.Published.NextAsync<NotificationsRead>(e => e.UserId == _bob);
        Assert.Equal(new NotificationsRead(_bob, read.Id, readAt.Value), announced);
    }

    [Fact]
    public async Task Nobody_reads_the_notification_of_another()
    {
        await notifications.HearAsync(Conversation.Direct(_alice, _bob).Say(_alice));
        var bobs = Assert.Single((await notifications.InboxAsync(_bob)).Items);

        using var response = await notifications.PutAsync(_eve, $"/notifications/{bobs.Id}/read");

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal("notification_not_found", await CodeOfAsync(response));
        Assert.Equal(1, await notifications.UnreadAsync(_bob));
    }

    [Fact]
    public async Task Reading_all_leaves_none_unread_and_is_announced_once()
    {
        var lunch = Conversation.Direct(_alice, _bob);
        await notifications.HearAsync(lunch.Say(_alice), lunch.Say(_alice), lunch.Say(_alice));
        await notifications.HearAsync(Conversation.Direct(_alice, _eve).Say(_alice));

        using var first = await notifications.PutAsync(_bob, "/notifications/read");
        using var again = await notifications.PutAsync(_bob, "/notifications/read");

        Assert.Equal((HttpStatusCode.NoContent, HttpStatusCode.NoContent), (first.StatusCode, again.StatusCode));
        Assert.Equal(0, await notifications.UnreadAsync(_bob));
        Assert.Equal(1, await notifications.UnreadAsync(_eve));
        Assert.All((await notifications.InboxAsync(_bob)).Items, item => Assert.NotNull(item.ReadAt));
        await notifications.Published.NextAsync<NotificationsRead>(read => read.UserId == _bob && read.NotificationId is null);

        // An event of the same key behind it: everything before it has been announced.
        await notifications.HearAsync(lunch.Say(_alice, "the last"));
        await notifications.Published.NextAsync<NotificationCreated>(created => created.UserId == _bob && created.Text == "the last");
        Assert.Single(notifications.Published.Of<NotificationsRead>(), read => read.UserId == _bob);
    }

    [Theory]
    [InlineData("?limit=0", "limit")]
    [InlineData("?limit=101", "limit")]
    [InlineData("?limit=many", "limit")]
    [InlineData("?before=yesterday", "before")]
    public async Task A_page_that_can_not_be_asked_for_is_refused_by_the_name_of_the_field(string query, string field)
    {
        using var client = notifications.ClientFor(_bob);
        using var response = await client.GetAsync($"/notifications{query}", Cancel);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        var problem = await response.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        Assert.Equal("invalid_request", problem.GetProperty("code").GetString());
        Assert.Equal([field], problem.GetProperty("errors").EnumerateObject().Select(error => error.Name));
    }

    [Theory]
    [InlineData("GET", "/notifications")]
    [InlineData("GET", "/notifications/unread-count")]
    [InlineData("PUT", "/notifications/read")]
    [InlineData("PUT", "/notifications/0199a5a0-0000-7000-8000-000000000000/read")]
    [InlineData("GET", "/notification-preferences")]
    [InlineData("PUT", "/notification-preferences")]
    public async Task Only_who_is_signed_in_has_an_inbox(string method, string path)
    {
        using var client = notifications.Anonymous();
        using var response = await client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path), Cancel);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal("unauthenticated", await CodeOfAsync(response));
    }

    private static async Task<string?> CodeOfAsync(HttpResponseMessage response) =>
        (await response.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("code").GetString();
}
