using System.Net;
using ChatApp.Contracts;
using ChatApp.Testing;

namespace ChatApp.Chat.Tests;

/// <summary>A store whose answers get lost, or that does late what it was told.</summary>
public sealed class LostAnswerTests(ChatApi chat) : IClassFixture<ChatApi>
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task An_answer_that_gets_lost_neither_doubles_nor_loses_a_message(int lost)
    {
        await using var line = new LossyLine(chat.Database!.ConnectionString);
        await using var far = await ChatReplica.StartAsync(line.ConnectionString);
        var (ann, bob) = (far.Of(await chat.PersonAsync()), await chat.PersonAsync());
        var conversation = await ann.StartDirectAsync(bob);
        await ann.SendAsync(conversation, "before");

        line.LoseAnswers(lost);
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => ann.TrySendAsync(conversation, $"text {i}")));

        Assert.Equal(lost, line.Lost);
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.Created, answer.StatusCode));
        Assert.Equal(Person.Places(21), await bob.PlacesAsync(conversation));
        await ToldAsync(far, conversation, 22);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    public async Task Nor_does_it_in_a_batch_of_several_conversations(int lost)
    {
        await using var line = new LossyLine(chat.Database!.ConnectionString);
        await using var far = await ChatReplica.StartAsync(line.ConnectionString);
        var (ann, bob) = (far.Of(await chat.PersonAsync()), await chat.PersonAsync());
        var groups = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => ann.StartGroupAsync($"Group {i}", bob)));

        line.LoseAnswers(lost);
        var answers = await Task.WhenAll(groups.SelectMany((group, i) => Enumerable.Range(0, 1 + (i % 3)).Select(_ => ann.TrySendAsync(group, "hello"))));

        Assert.Equal(lost, line.Lost);
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.Created, answer.StatusCode));
        for (var i = 0; i < groups.Length; i++)
        {
            Assert.Equal(Person.Places(1 + (i % 3)), await bob.PlacesAsync(groups[i]));
            await ToldAsync(far, groups[i], 2 + (i % 3));
        }
    }

    [Fact]
    public async Task A_change_of_members_whose_answer_gets_lost_is_made_once_and_answered()
    {
        await using var line = new LossyLine(chat.Database!.ConnectionString);
        await using var far = await ChatReplica.StartAsync(line.ConnectionString);
        var (ann, bob, cid) = (far.Of(await chat.PersonAsync()), await chat.PersonAsync(), await chat.PersonAsync());
        var group = await ann.StartGroupAsync("Team", bob);

        line.LoseAnswers(1);
        await ann.AddAsync(group, cid);

        Assert.Equal(1, line.Lost);
        Assert.Equal(Person.Places(1), await ann.PlacesAsync(group));
        Assert.Equal(3, await cid.SendAsync(group));
    }

    [Fact]
    public async Task A_message_whose_answer_got_lost_is_told_before_those_behind_it()
    {
        await using var line = new LossyLine(chat.Database!.ConnectionString);
        await using var far = await ChatReplica.StartAsync(line.ConnectionString);
        var (ann, bob) = (far.Of(await chat.PersonAsync()), await chat.PersonAsync());
        var conversation = await ann.StartDirectAsync(bob);

        line.LoseAnswers(2);
        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => ann.SendAsync(conversation)));
        await far.Published.NextAsync<MessageSent>(sent => sent.ConversationId == conversation && sent.Seq == 11);

        Assert.Equal(2, line.Lost);
        Assert.Equal(Person.Places(10), far.Published.Of<MessageSent>().Where(sent => sent.ConversationId == conversation).Select(sent => sent.Seq).Take(11));
    }

    [Fact]
    public async Task A_write_that_lands_when_nobody_waits_for_it_any_more_is_found_by_its_key_and_told()
    {
        await using var line = new LossyLine(chat.Database!.ConnectionString);
        await using var far = await ChatReplica.StartAsync(line.ConnectionString);
        var (ann, bob) = (far.Of(await chat.PersonAsync()), await chat.PersonAsync());
        var (conversation, key) = (await ann.StartDirectAsync(bob), Guid.NewGuid());
        await ann.SendAsync(conversation, "before");

        line.Hold();
        await Person.RefusedAsync(ann.TrySendAsync(conversation, "late", key), HttpStatusCode.ServiceUnavailable, "message_not_confirmed");
        line.Release();
        await Wait.UntilAsync(async () => (await bob.PlacesAsync(conversation)).Count() == 3, "it never landed");

        using var again = await ann.TrySendAsync(conversation, "late", key);
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        Assert.Equal(4, await ann.SendAsync(conversation, "after"));
        Assert.Equal(["", "before", "late", "after"], (await bob.LogAsync(conversation)).Select(message => message.Text));
        await ToldAsync(far, conversation, 4);
    }

    [Fact]
    public async Task A_write_that_lands_after_its_message_was_written_again_changes_nothing()
    {
        await using var line = new LossyLine(chat.Database!.ConnectionString);
        await using var far = await ChatReplica.StartAsync(line.ConnectionString);
        var (ann, bob) = (far.Of(await chat.PersonAsync()), await chat.PersonAsync());
        var conversation = await ann.StartDirectAsync(bob);

        line.Hold();
        var sending = Task.WhenAll(Enumerable.Range(0, 5).Select(_ => ann.TrySendAsync(conversation, "hello")));
        await Wait.UntilAsync(() => line.Held > 0, "nothing was sent");
        await bob.SendAsync(conversation, "meanwhile");
        // The first attempt is given up, and all that came meanwhile waits on the line too.
        await Wait.UntilAsync(() => line.Held > 1, "nothing was tried again");
        line.Release();

        Assert.All(await sending, answer => Assert.Equal(HttpStatusCode.Created, answer.StatusCode));
        Assert.Equal(Person.Places(6), await bob.PlacesAsync(conversation));
        Assert.Equal(8, await ann.SendAsync(conversation, "after"));
    }

    private static Task ToldAsync(ChatReplica process, Guid conversation, int messages) => process.Published.WaitForAsync(
        () => process.Published.Of<MessageSent>().Where(sent => sent.ConversationId == conversation).Select(sent => sent.Seq).Distinct().Count() == messages,
        "not every message was told");
}
