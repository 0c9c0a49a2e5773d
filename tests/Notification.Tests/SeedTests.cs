using ChatApp.Contracts;
using ChatApp.Platform.Database;
using Microsoft.Extensions.DependencyInjection;

namespace ChatApp.Notification.Tests;

public sealed class SeedTests(NotificationApi notifications) : IClassFixture<NotificationApi>
{
    private static readonly DateTimeOffset Today = new(DateTime.UtcNow.Date, TimeSpan.Zero);

    private readonly Guid _alice = Guid.CreateVersion7(), _bob = Guid.CreateVersion7(), _carol = Guid.CreateVersion7();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_history_that_is_stored_makes_the_inboxes_that_its_events_would_make()
    {
        await using var live = new NotificationApi();
        await live.InitializeAsync();
        var history = History().ToList();

        Assert.Equal(["6 notifications"], await StoreAsync(history));
        // It is safe to repeat.
        await StoreAsync(history);
        foreach (var told in history)
            await HearAsync(live, told);

        foreach (var person in (Guid[])[_alice, _bob, _carol])
        {
            var items = (await live.InboxAsync(person)).Items;
            Assert.Equal(2, items.Count);
            // The ids of those that are no message's are made of the event, which a history has no id of.
            Assert.Equal(items.Select(WithoutId), (await notifications.InboxAsync(person)).Items.Select(WithoutId));
            Assert.Equal(await live.UnreadAsync(person), await notifications.UnreadAsync(person));
        }
    }

    [Fact]
    public async Task What_is_stored_goes_on_with_what_comes()
    {
        var lunch = Conversation.Group("Lunch", _alice, _bob);
        await StoreAsync([lunch.Begin, lunch.Read(_bob, 1), lunch.Say(_alice, "before")]);

        await notifications.HearAsync(lunch.Say(_alice, "after"));

        var item = Assert.Single((await notifications.InboxAsync(_bob)).Items);
        Assert.Equal(("Lunch", "after", 2, 2), (item.Title, item.Text, item.FirstSeq, item.Count));
    }

    private IEnumerable<object> History()
    {
        foreach (var (person, name) in ((Guid, string)[])[(_alice, "Alice"), (_bob, "Bob"), (_carol, "Carol")])
            yield return new ProfileUpdated(person, name.ToLowerInvariant(), name, null, 1, Today);
        yield return new FriendRequested(_alice, _bob, 1, Today);
        yield return new FriendAccepted(_alice, _bob, 2, Today.AddSeconds(1));
        yield return new FriendRequested(_bob, _carol, 1, Today.AddSeconds(2));
        yield return new BlockChanged(_carol, _alice, Blocked: true, 1, Today);

        var lunch = Conversation.Group("Lunch", _alice, _bob, _carol);
        yield return lunch.Begin;
        var said = ((string[])["one", "two", "three", "four", "five"]).Select((text, place) => lunch.Say(place % 2 == 0 ? _alice : _bob, text)).ToList();
        yield return lunch.Read(_alice, 4);
        foreach (var sent in said)
            yield return sent;

        var dinner = Conversation.Direct(_alice, _bob);
        yield return dinner.Begin;
        yield return dinner.Mute(_bob, DateTimeOffset.MaxValue, 2);
        yield return dinner.Say(_alice, "muted");
    }

    private Task<IReadOnlyList<string>> StoreAsync(IEnumerable<object> history) =>
        notifications.Services.GetRequiredService<ISeed>().StoreAsync(history.ToAsyncEnumerable(), _ => { }, Cancel);

    private static async Task HearAsync(NotificationApi api, object told) => await (told switch
    {
        ProfileUpdated profile => api.HearAsync(profile),
        FriendRequested asked => api.HearAsync(asked),
        FriendAccepted answered => api.HearAsync(answered),
        BlockChanged block => api.HearAsync(block),
        MembershipChanged changed => api.HearAsync(changed),
        ReceiptUpdated read => api.HearAsync(read),
        MessageSent sent => api.HearAsync(sent),
        _ => throw new ArgumentOutOfRangeException(nameof(told)),
    });

    private static Item WithoutId(Item item) => item.Kind == "message" ? item : item with { Id = Guid.Empty };
}
