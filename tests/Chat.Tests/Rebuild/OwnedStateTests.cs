using System.Text.Json;
using ChatApp.Contracts;

namespace ChatApp.Chat.Tests.Rebuild;

/// <summary>What others keep copies of, as this service tells it.</summary>
public sealed class OwnedStateTests(ChatApi chat) : IClassFixture<ChatApi>
{
    [Fact]
    public async Task Settings_and_marks_of_memberships_are_told_as_they_are()
    {
        var (ann, bob) = (await chat.PersonAsync(), await chat.PersonAsync());
        var conversation = await ann.StartDirectAsync(bob);
        await bob.SendAsync(conversation);
        await ann.PutAsync($"/conversations/{conversation}/mute", new { until = DateTimeOffset.UtcNow.AddHours(1) });
        await ann.ReadAsync(conversation, 2);

        var state = await StateAsync("memberships");

        var settings = Of<MembershipChanged>(state).Single(told => told.ConversationId == conversation && told.UserId == ann.Id);
        Assert.Equal(2, settings.Version);
        Assert.NotNull(settings.MutedUntil);
        var receipt = Of<ReceiptUpdated>(state).Single(told => told.ConversationId == conversation && told.UserId == ann.Id);
        Assert.Equal((2L, 1L), (receipt.ReadSeq, receipt.ReadCounted));
    }

    [Fact]
    public async Task Members_are_told_by_the_changes_that_made_them_so_and_nobody_else()
    {
        var people = await chat.PeopleAsync(620);
        var (ann, gone) = (people[0], people[3]);
        var group = await ann.StartGroupAsync("Team", people[1], people[2], gone);
        await ann.RemoveAsync(group, gone);
        await ann.AddAsync(group, people.Skip(10).Take(500));
        await ann.AddAsync(group, people.Skip(510));
        var direct = await ann.StartDirectAsync(gone);
        await ann.SendAsync(group);
        await chat.ProjectedAsync(group, 5);

        var told = Of<MessageSent>(await StateAsync("members")).Where(sent => sent.ConversationId == group || sent.ConversationId == direct).ToArray();

        var inGroup = told.Where(sent => sent.ConversationId == group).ToArray();
        Assert.Equal([(1L, 3), (3L, 500), (4L, 110)], inGroup.OrderBy(sent => sent.Rev).Select(sent => (sent.Rev, sent.System!.Members.Count)));
        Assert.All(inGroup, sent => Assert.Equal(("Team", ConversationKind.Group, 613, 1L), (sent.System!.Title, sent.System.Kind, sent.MemberCount, sent.Counted)));
        var members = inGroup.SelectMany(sent => sent.System!.Members).ToArray();
        Assert.All(members, member => Assert.Equal((member.UserId == ann.Id ? "owner" : "member", true), (member.Role, member.Active)));
        Assert.DoesNotContain(members, member => member.UserId == gone.Id);
        Assert.Equal(2, Assert.Single(told, sent => sent.ConversationId == direct).System!.Members.Count);
    }

    private async Task<IReadOnlyList<string>> StateAsync(string name)
    {
        var (code, output) = await chat.CommandAsync(["state", name]);
        Assert.Equal(0, code);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[..^1];
    }

    private static IEnumerable<T> Of<T>(IEnumerable<string> state)
        where T : IEvent => state
        .Where(line => line.StartsWith($"{T.Type} ", StringComparison.Ordinal))
        .Select(line => (T)JsonSerializer.Deserialize(line[(T.Type.Length + 1)..], typeof(T), EventJson.Default)!);
}
