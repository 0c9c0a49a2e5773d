using System.Globalization;
using ChatApp.Contracts;

namespace ChatApp.Notification.Tests.Inbox;

public sealed class WordingTests(NotificationApi notifications) : IClassFixture<NotificationApi>
{
    private const string Family = "👨‍👩‍👧‍👦";

    private readonly Guid _alice = Guid.CreateVersion7(), _bob = Guid.CreateVersion7();

    [Fact]
    public async Task A_direct_message_shows_the_sender_and_a_group_the_group()
    {
        await notifications.HearAsync(Profile(_alice, "Alice", version: 1));

        await SayAsync(Conversation.Direct(_alice, _bob), "Hi");
        await SayAsync(Conversation.Group("Lunch", _alice, _bob), "Hi all");

        var items = (await notifications.InboxAsync(_bob)).Items;
        Assert.Equivalent(new[] { ("Lunch", "Alice: Hi all"), ("Alice", "Hi") }, items.Select(item => (item.Title, item.Text)));
    }

    [Fact]
    public async Task A_sender_who_is_not_known_yet_needs_no_name()
    {
        await SayAsync(Conversation.Direct(_alice, _bob), "Hi");

        var item = Assert.Single((await notifications.InboxAsync(_bob)).Items);
        Assert.Equal(("New message", "Hi"), (item.Title, item.Text));
    }

    [Fact]
    public async Task The_newest_name_wins_in_whatever_order_they_come()
    {
        await notifications.HearAsync(Profile(_alice, "Alice B.", version: 2), Profile(_alice, "Alice", version: 1), Profile(_alice, "Alice B.", version: 2));
        await SayAsync(Conversation.Direct(_alice, _bob));
        await notifications.HearAsync(Profile(_alice, "Alice C.", version: 3));
        await SayAsync(Conversation.Direct(_alice, _bob));

        Assert.Equivalent(new[] { "Alice B.", "Alice C." }, (await notifications.InboxAsync(_bob)).Items.Select(item => item.Title));
    }

    [Fact]
    public async Task Names_that_come_all_at_once_leave_the_newest()
    {
        await Task.WhenAll(Enumerable.Range(1, 8).Select(version => notifications.HearAsync(Profile(_alice, $"Alice {version}", version))));
        await SayAsync(Conversation.Direct(_alice, _bob));

        Assert.Equal("Alice 8", Assert.Single((await notifications.InboxAsync(_bob)).Items).Title);
    }

    [Theory]
    [InlineData("a")]
    [InlineData("ä")]
    [InlineData("😀")]
    [InlineData(Family)]
    [InlineData("word ")]
    public async Task A_long_text_is_cut_between_characters(string unit)
    {
        var text = string.Concat(Enumerable.Repeat(unit, 200));

        await SayAsync(Conversation.Direct(_alice, _bob), text);

        var shown = Assert.Single((await notifications.InboxAsync(_bob)).Items).Text!;
        Assert.EndsWith("…", shown, StringComparison.Ordinal);
        Assert.InRange(shown.Length, 130, 140);
        Assert.StartsWith(shown[..^1], text, StringComparison.Ordinal);
        Assert.All(TextElements(shown[..^1]), element => Assert.Contains(element, unit, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_text_that_fits_stays_as_it_is_but_on_one_line()
    {
        await SayAsync(Conversation.Direct(_alice, _bob), " one\r\n\r\n two\tthree ");
        await SayAsync(Conversation.Direct(_alice, _bob), new string('x', 140));

        var texts = (await notifications.InboxAsync(_bob)).Items.Select(item => item.Text);
        Assert.Equivalent(new[] { "one two three", new string('x', 140) }, texts);
    }

    private async Task SayAsync(Conversation conversation, string text = "Hello") =>
        await notifications.HearAsync((await notifications.BeginAsync(conversation)).Say(_alice, text));

    private static IEnumerable<string> TextElements(string text)
    {
        var elements = StringInfo.GetTextElementEnumerator(text);
        while (elements.MoveNext())
            yield return elements.GetTextElement();
    }

    private static ProfileUpdated Profile(Guid userId, string name, long version) => new(userId, "alice", name, null, version, DateTimeOffset.UtcNow);
}
