using System.Collections.Concurrent;
using ChatApp.Contracts;
using ChatApp.Testing;

namespace ChatApp.Notification.Tests.Inbox;

/// <summary>Two processes with one database hear what happened in any order, some of it twice, and side by side.</summary>
public sealed class AnyOrderTests : IAsyncDisposable
{
    private readonly MongoTestDatabase _database = new();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task The_inboxes_are_as_if_all_had_come_once_and_in_order(int seed)
    {
        var talk = new RandomTalk(seed, membersChange: true);
        await using var one = await Replica.StartAsync(_database);
        await using var other = await Replica.StartAsync(_database);

        await HearAsync(talk, one, other);

        foreach (var person in talk.People)
        {
            var (expected, unread) = (talk.UnreadOf(person).ToList(), await UnreadOfAsync(person, other));
            Assert.Equal(expected.OrderBy(entry => entry.ConversationId), unread.OrderBy(entry => entry.ConversationId));
            Assert.Equal(expected.Count, await one.UnreadAsync(person));
        }
    }

    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    public async Task Who_follows_what_is_told_ends_with_the_same(int seed)
    {
        var talk = new RandomTalk(seed, membersChange: false);
        await using var one = await Replica.StartAsync(_database);
        await using var other = await Replica.StartAsync(_database);

        await HearAsync(talk, one, other);

        foreach (var person in talk.People)
        {
            var expected = talk.UnreadOf(person).OrderBy(entry => entry.ConversationId).ToList();
            await Wait.UntilAsync(
                () => expected.SequenceEqual(Followed(one.ToldOf(person).Concat(other.ToldOf(person)))),
                $"expected were {string.Join(", ", expected)}, told were {string.Join(", ", Followed(one.ToldOf(person).Concat(other.ToldOf(person))))}");
        }
    }

    public async ValueTask DisposeAsync() => await _database.DisposeAsync();

    private static async Task HearAsync(RandomTalk talk, params Replica[] replicas)
    {
        foreach (var mute in talk.Mutes)
            await replicas[0].HearAsync(mute);

        var batches = new ConcurrentQueue<(string Topic, IReadOnlyList<Delivery> Batch)>(talk.Shuffled());
        await Task.WhenAll(replicas.Concat(replicas).Select(async replica =>
        {
            while (batches.TryDequeue(out var next))
                Assert.All(await replica.DeliverAsync(next.Topic, next.Batch), status => Assert.Equal("SUCCESS", status));
        }));
    }

    private static async Task<IReadOnlyList<Unread>> UnreadOfAsync(Guid person, Replica replica) =>
        [.. (await replica.InboxAsync(person, "?limit=100")).Items.Where(item => item.ReadAt is null).Select(item => Of(item))];

    /// <summary>Events need no order: of two of one entry the later has the later message or, of the same one, is read or begins later.</summary>
    private static IEnumerable<Unread> Followed(IEnumerable<InboxEntry> told) => told
        .GroupBy(entry => entry.NotificationId)
        .Select(entries => entries.MaxBy(entry => (entry.LastSeq, entry.ReadAt is not null, entry.FirstSeq ?? 0))!)
        .Where(entry => entry.ReadAt is null)
        .OrderBy(entry => entry.ConversationId)
        .Select(entry => Of(Item.Of(entry)));

    private static Unread Of(Item item) => new(item.ConversationId!.Value, item.FirstSeq!.Value, item.LastSeq!.Value, item.Count, item.Text);
}
