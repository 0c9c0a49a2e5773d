using ChatApp.Contracts;
using ChatApp.Platform.Messaging;

namespace ChatApp.Platform.Tests.Messaging;

public sealed class OutboxEventTests
{
    [Fact]
    public void Events_of_one_millisecond_sort_as_they_were_made()
    {
        var at = DateTimeOffset.UtcNow;
        Guid[] ids = [.. Enumerable.Range(0, 10_000).Select(_ => Next(at).Id)];

        Assert.Equal(ids.Length, ids.Distinct().Count());
        Assert.Equal(ids, ids.Order());
        Assert.All(ids, id => Assert.Equal((7, true), (id.Version, id.Variant is >= 8 and <= 11)));
    }

    [Fact]
    public void A_later_event_sorts_behind_an_earlier_one()
    {
        var later = Next(DateTimeOffset.UnixEpoch.AddMilliseconds(1));
        var earlier = Next(DateTimeOffset.UnixEpoch);

        Assert.True(earlier.Id.CompareTo(later.Id) < 0);
    }

    [Fact]
    public void What_was_stored_is_read_as_it_was()
    {
        var revoked = new SessionRevoked(Guid.CreateVersion7(), Guid.CreateVersion7(), DateTimeOffset.UnixEpoch);

        var stored = OutboxEvent.From(revoked, DateTimeOffset.UnixEpoch);

        Assert.Equal((SessionRevoked.Topic, SessionRevoked.Type, revoked.Key), (stored.Topic, stored.Type, stored.Key));
        Assert.Equal(revoked, stored.Read<SessionRevoked>());
    }

    private static OutboxEvent Next(DateTimeOffset at) => OutboxEvent.From(new SessionRevoked(Guid.NewGuid(), Guid.NewGuid(), at), at);
}
