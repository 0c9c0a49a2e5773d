namespace ChatApp.Notification.Tests.Rebuild;

/// <summary>Copies of mutes and read marks.</summary>
public sealed class MarkCopyTests : RebuildTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeMilliseconds(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());

    [Fact]
    public async Task Mutes_and_marks_are_made_as_their_owner_has_them()
    {
        var lunch = await Api.BeginAsync(Conversation.Direct(Ann, Bob));
        await Api.HearAsync(lunch.Say(Ann), lunch.Say(Ann), lunch.Say(Bob));
        await Api.HearAsync(lunch.Mute(Ann, until: Now.AddHours(1), version: 2));

        // One more, which was not heard of.
        lunch.Say(Bob);

        await RepairsAsync("memberships", drifted: 2, State(
            lunch.Mute(Ann, until: null, version: 3), lunch.Read(Ann, 4), lunch.Mute(Bob, until: null, version: 1), lunch.Read(Bob, 5)));

        // What follows from the marks follows again.
        Assert.Equal(0, await Api.UnreadAsync(Ann));
    }

    [Fact]
    public async Task A_mark_that_is_further_than_its_owners_stays()
    {
        var lunch = await Api.BeginAsync(Conversation.Direct(Ann, Bob));
        await Api.HearAsync(lunch.Say(Ann), lunch.Say(Bob));

        Assert.Equal((0, 0), await RebuildAsync("memberships", State(lunch.Read(Ann, 1), lunch.Read(Bob, 1)), check: true));
    }

    [Fact]
    public async Task The_marks_of_those_who_write_into_a_large_conversation_may_be_behind()
    {
        Guid[] members = [Ann, Bob, .. Enumerable.Range(0, 49).Select(_ => Guid.CreateVersion7())];
        var hall = await Api.BeginAsync(Conversation.Group("Hall", members));
        await Api.HearAsync(hall.Say(Ann));

        var state = State([.. members.Select(member => hall.Read(member, member == Ann ? 2 : 1))]);
        Assert.Equal((0, 0), await RebuildAsync("memberships", state, check: true));
    }
}
