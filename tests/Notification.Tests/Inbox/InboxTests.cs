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
    public async Task An_inbox_is_read_page_by_page_newest_first_whatever_kind_the_entries_are()
    {
        Conversation[] conversations = [.. Enumerable.Range(0, 4).Select(_ => Conversation.Direct(_alice, _bob))];
        foreach (var conversation in conversations)
            await notifications.BeginAsync(conversation);
        MessageSent[] sent = [.. conversations.Select((conversation, place) => Late(conversation.Say(_alice), place * 2))];
        FriendRequested[] asked =
            [.. Enumerable.Range(0, 3).Select(place => new FriendRequested(Guid.CreateVersion7(), _bob, 1, Time(place * 2 + 1)))];
        // Not in the order in which they happened.
        await notifications.HearTogetherAsync(sent.Reverse());
        await notifications.HearTogetherAsync(asked.Reverse());

        Assert.Equal([6, 5, 4, 3, 2, 1, 0], (await AllAsync(_bob, limit: 3)).Select(item => (item.UpdatedAt - Time(0)).TotalSeconds));
    }

    [Fact]
    public async Task Entries_of_the_same_time_are_neither_left_out_nor_shown_twice()
    {
        Conversation[] conversations = [.. Enumerable.Range(0, 5).Select(_ => Conversation.Direct(_alice, _bob))];
        foreach (var conversation in conversations)
            await notifications.BeginAsync(conversation);
        await notifications.HearTogetherAsync(conversations.Select(conversation => Late(conversation.Say(_alice), 7)));
        await notifications.HearTogetherAsync(
            Enumerable.Range(0, 5).Select(_ => new FriendRequested(Guid.CreateVersion7(), _bob, 1, Time(7))));

        var seen = await AllAsync(_bob, limit: 2);

        Assert.Equal(10, seen.Count);
        Assert.Equal(10, seen.DistinctBy(item => item.Id).Count());
    }

    [Fact]
    public async Task A_last_page_that_is_full_has_none_behind_it()
    {
        foreach (var _ in Enumerable.Range(0, 2))
            await notifications.HearAsync((await notifications.BeginAsync(Conversation.Direct(_alice, _bob))).Say(_alice));

        Assert.Null((await notifications.InboxAsync(_bob, "?limit=2")).Next);
        Assert.Empty((await notifications.InboxAsync(_eve)).Items);
    }

    [Fact]
    public async Task Entries_of_ninety_days_are_not_shown_and_not_counted_until_there_is_something_new()
    {
        var old = await notifications.BeginAsync(Conversation.Direct(_alice, _bob));
        await notifications.HearAsync(old.Say(_alice) with { SentAt = DateTimeOffset.UtcNow.AddDays(-91) });
        Assert.Empty((await notifications.InboxAsync(_bob)).Items);
        Assert.Equal(0, await notifications.UnreadAsync(_bob));

        await notifications.HearAsync(old.Say(_alice));

        Assert.Equal(2, Assert.Single((await notifications.InboxAsync(_bob)).Items).Count);
        Assert.Equal(1, await notifications.UnreadAsync(_bob));
    }

    [Fact]
    public async Task Reading_one_lowers_the_count_and_is_told_once()
    {
        foreach (var _ in Enumerable.Range(0, 2))
            await notifications.HearAsync((await notifications.BeginAsync(Conversation.Direct(_alice, _bob))).Say(_alice));
        var read = (await notifications.InboxAsync(_bob)).Items[0];

        using var first = await notifications.PutAsync(_bob, $"/notifications/{read.Id}/read");
        var readAt = (await notifications.InboxAsync(_bob)).Items[0].ReadAt;
        using var again = await notifications.PutAsync(_bob, $"/notifications/{read.Id}/read");

        Assert.Equal((HttpStatusCode.NoContent, HttpStatusCode.NoContent), (first.StatusCode, again.StatusCode));
        Assert.Equal(1, await notifications.UnreadAsync(_bob));
        Assert.NotNull(readAt);
        Assert.Equal(readAt, (await notifications.InboxAsync(_bob)).Items[0].ReadAt);
        Assert.Equal((read.Id, readAt), Of(await notifications.ToldAsync(_bob, entry => entry.ReadAt is not null)));
        Assert.Single(notifications.ToldOf(_bob), entry => entry.ReadAt is not null);

        static (Guid, DateTimeOffset?) Of(InboxEntry entry) => (entry.NotificationId, entry.ReadAt);
    }

    [Fact]
    public async Task Nobody_reads_the_notification_of_another()
    {
        await notifications.HearAsync((await notifications.BeginAsync(Conversation.Direct(_alice, _bob))).Say(_alice));
        var bobs = Assert.Single((await notifications.InboxAsync(_bob)).Items);

        using var response = await notifications.PutAsync(_eve, $"/notifications/{bobs.Id}/read");

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal("notification_not_found", await CodeOfAsync(response));
        Assert.Equal(1, await notifications.UnreadAsync(_bob));
    }

    [Fact]
    public async Task Reading_all_leaves_none_unread_and_is_told_once()
    {
        await notifications.HearAsync((await notifications.BeginAsync(Conversation.Direct(_alice, _bob))).Say(_alice));
        await notifications.HearAsync((await notifications.BeginAsync(Conversation.Direct(_alice, _bob))).Say(_alice));
        await notifications.HearAsync((await notifications.BeginAsync(Conversation.Direct(_alice, _eve))).Say(_alice));
        await notifications.HearAsync(new FriendRequested(_eve, _bob, 1, DateTimeOffset.UtcNow));

        using var first = await notifications.PutAsync(_bob, "/notifications/read");
        using var again = await notifications.PutAsync(_bob, "/notifications/read");

        Assert.Equal((HttpStatusCode.NoContent, HttpStatusCode.NoContent), (first.StatusCode, again.StatusCode));
        Assert.Equal(0, await notifications.UnreadAsync(_bob));
        Assert.Equal(1, await notifications.UnreadAsync(_eve));
        Assert.All((await notifications.InboxAsync(_bob)).Items, item => Assert.NotNull(item.ReadAt));
        await notifications.Published.WaitForAsync(
            () => notifications.ToldOf(_bob).Count(entry => entry.ReadAt is not null) == 3, "not all three were told as read");
    }

    [Theory]
    [InlineData("?limit=0", "limit")]
    [InlineData("?limit=101", "limit")]
    [InlineData("?limit=many", "limit")]
    [InlineData("?before=yesterday", "before")]
    [InlineData("?before=-1_0199a5a00000700080000000000000000", "before")]
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

    private async Task<IReadOnlyList<Item>> AllAsync(Guid userId, int limit)
    {
        List<Item> seen = [];
        string? before = null;
        do
        {
            var page = await notifications.InboxAsync(userId, $"?limit={limit}{(before is null ? "" : $"&before={before}")}");
            seen.AddRange(page.Items);
            before = page.Next;
        }
        while (before is not null);
        return seen;
    }

    private static MessageSent Late(MessageSent sent, int second) => sent with { SentAt = Time(second) };

    /// <summary>Of this day, so that it is shown.</summary>
    private static DateTimeOffset Time(int second) => new DateTimeOffset(DateTime.UtcNow.Date, TimeSpan.Zero).AddSeconds(second);

    private static async Task<string?> CodeOfAsync(HttpResponseMessage response) =>
        (await response.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("code").GetString();
}
