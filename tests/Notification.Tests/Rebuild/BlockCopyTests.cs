using ChatApp.Contracts;

namespace ChatApp.Notification.Tests.Rebuild;

/// <summary>Copies of blocks.</summary>
public sealed class BlockCopyTests : RebuildTests
{
    [Fact]
    public async Task Blocks_are_made_as_their_owner_has_them()
    {
        await Api.HearAsync(new BlockChanged(Ann, Bob, true, 1, DateTimeOffset.UtcNow));

        await RepairsAsync(
            "blocks",
            drifted: 2,
            State(new BlockChanged(Ann, Bob, false, 4, DateTimeOffset.UtcNow), new BlockChanged(Bob, Ann, true, 4, DateTimeOffset.UtcNow)));
    }
}
