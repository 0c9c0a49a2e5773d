using System.Net;
using System.Net.Http.Json;
using ChatApp.Chat.Conversations;
using ChatApp.Testing;

namespace ChatApp.Chat.Tests;

public sealed class ConversationTests(ChatApi chat) : IClassFixture<ChatApi>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_limits_of_a_group_are_those_that_are_declared()
    {
        var declared = await File.ReadAllTextAsync(Path.Combine(RepositoryFolder.Path, "src/Services/Chat/Schema/conversations.jsonc"), Cancel);

        Assert.Contains($"\"maxLength\": {StartConversation.MaxTitle} }}", declared, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pair_has_one_direct_conversation_however_many_race_for_it()
    {
        var (ann, bob) = (await chat.PersonAsync(), await chat.PersonAsync());

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => i % 2 == 0 ? ann.TryStartDirectAsync(bob.Id) : bob.TryStartDirectAsync(ann.Id)));

        Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.Created);
        Assert.Equal(19, answers.Count(answer => answer.StatusCode == HttpStatusCode.OK));
        var ids = await Task.WhenAll(answers.Select(async answer => (await Person.OkAsync(Task.FromResult(answer)))["id"]!.GetValue<Guid>()));
        Assert.Single(ids.Distinct());
        var log = await ann.LogAsync(ids[0]);
        Assert.Equivalent(new[] { ann.Id, bob.Id }, Assert.Single(log).System!.Members.Select(member => member.UserId));
    }

    [Fact]
    public async Task A_group_has_its_maker_as_owner()
    {
        var (ann, bob, cid) = (await chat.PersonAsync(), await chat.PersonAsync("Bob"), await chat.PersonAsync("Cid"));

        var group = await ann.StartGroupAsync("  Lunch ", bob, cid);

        var seen = await bob.GetAsync($"/conversations/{group}");
        Assert.Equal(("Lunch", "group", 3), (seen["name"]!.GetValue<string>(), seen["kind"]!.GetValue<string>(), seen["memberCount"]!.GetValue<int>()));
        Assert.Equal(
            ["Ann owner", "Bob member", "Cid member"],
            seen["members"]!.AsArray().Select(member => $"{member!["displayName"]} {member["role"]}"));
    }

    [Fact]
    public async Task Outsiders_hear_on_every_route_that_there_is_no_such_conversation()
    {
        var (ann, bob, eve) = (await chat.PersonAsync(), await chat.PersonAsync(), await chat.PersonAsync());
        var conversation = await ann.StartDirectAsync(bob);
        await ann.SendAsync(conversation);

        foreach (var id in new[] { conversation, Guid.NewGuid() })
        {
            await RefusedAsync(eve.Http.GetAsync($"/conversations/{id}", Cancel));
            await RefusedAsync(eve.Http.GetAsync($"/conversations/{id}/messages", Cancel));
            await RefusedAsync(eve.Http.GetAsync($"/conversations/{id}/messages/1", Cancel));
            await RefusedAsync(eve.TrySendAsync(id, "hello"));
            await RefusedAsync(eve.Http.PutAsJsonAsync($"/conversations/{id}/read", new { seq = 1 }, Cancel));
            await RefusedAsync(eve.Http.PutAsJsonAsync($"/conversations/{id}/mute", new { until = (string?)null }, Cancel));
            await RefusedAsync(eve.Http.GetAsync($"/conversations/{id}/members", Cancel));
            await RefusedAsync(eve.TryAddAsync(id, eve.Id));
            await RefusedAsync(eve.TryRemoveAsync(id, ann.Id));
        }

        Assert.Empty((await eve.GetAsync("/conversations"))["items"]!.AsArray());

        static Task RefusedAsync(Task<HttpResponseMessage> call) => Person.RefusedAsync(call, HttpStatusCode.NotFound, "conversation_not_found");
    }

    [Fact]
    public async Task Who_is_not_signed_in_is_refused()
    {
        using var response = await chat.Anonymous().GetAsync("/conversations", Cancel);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    [Fact]
    public async Task The_list_shows_each_members_own_view_with_the_newest_activity_first()
    {
        var (ann, bob, cid) = (await chat.PersonAsync(), await chat.PersonAsync("Bob"), await chat.PersonAsync("Cid"));
        var (first, second) = (await ann.StartDirectAsync(bob), await ann.StartDirectAsync(cid));
        await ann.SendAsync(first, "one");
        await ann.SendAsync(first, "two");

        var seen = await bob.ListedAsync(first, item => item["unread"]!.GetValue<long>() == 2);

        Assert.Equal(("Ann", "two", 3L), (seen["name"]!.GetValue<string>(), seen["lastMessage"]!["text"]!.GetValue<string>(), seen["lastMessage"]!["seq"]!.GetValue<long>()));
        Assert.Equal(0, (await ann.ListedAsync(first))["unread"]!.GetValue<long>());
        await chat.ProjectedAsync(first, 3);
        var mine = (await ann.GetAsync("/conversations"))["items"]!.AsArray();
        Assert.Equal([first, second], mine.Select(item => item!["id"]!.GetValue<Guid>()));
        Assert.Equal(["Bob", "Cid"], mine.Select(item => item!["name"]!.GetValue<string>()));
    }

    [Fact]
    public async Task The_list_is_read_page_by_page_without_missing_or_repeating_one()
    {
        var ann = await chat.PersonAsync();
        var made = new List<Guid>();
        for (var i = 0; i < 7; i++)
            made.Add(await ann.StartGroupAsync($"Group {i}", await chat.PersonAsync()));

        List<Guid> seen = [];
        string? next = null;
        do
        {
            var page = await ann.GetAsync($"/conversations?limit=3{(next is null ? "" : $"&after={next}")}");
            seen.AddRange(page["items"]!.AsArray().Select(item => item!["id"]!.GetValue<Guid>()));
            next = page["next"]?.GetValue<string>();
        }
        while (next is not null);

        Assert.Equal(Enumerable.Reverse(made), seen);
        await Person.RefusedAsync(ann.Http.GetAsync("/conversations?after=nonsense", Cancel), HttpStatusCode.BadRequest, "invalid_request");
    }

    [Theory]
    [InlineData("""{}""")]
    [InlineData("""{"kind":"channel"}""")]
    [InlineData("""{"kind":7,"title":"x","memberIds":["0198c7a0-0000-7000-8000-000000000000"]}""")]
    [InlineData("""{"kind":"direct"}""")]
    [InlineData("""{"kind":"direct","userId":"me"}""")]
    [InlineData("""{"kind":"direct","userId":"MYSELF"}""")]
    [InlineData("""{"kind":"direct","userId":"MYSELF","title":"x"}""")]
    [InlineData("""{"kind":"group","title":" ","memberIds":["0198c7a0-0000-7000-8000-000000000000"]}""")]
    [InlineData("""{"kind":"group","title":"x","memberIds":[]}""")]
    [InlineData("""{"kind":"group","title":"x","memberIds":["MYSELF"]}""")]
    [InlineData("""{"kind":"group","title":"x"}""")]
    public async Task A_conversation_that_makes_no_sense_is_refused(string body)
    {
        var ann = await chat.PersonAsync();
        using var content = new StringContent(body.Replace("MYSELF", ann.Id.ToString(), StringComparison.Ordinal), null, "application/json");

        await Person.RefusedAsync(ann.Http.PostAsync("/conversations", content, Cancel), HttpStatusCode.BadRequest, "invalid_request");
    }

    [Fact]
    public async Task A_group_of_five_hundred_talks_like_any_other()
    {
        var (ann, others) = (await chat.PersonAsync(), await chat.PeopleAsync(499));

        var group = await ann.StartGroupAsync("All", [.. others]);
        await ann.SendAsync(group);
        await others[^1].SendAsync(group);

        var listed = await ann.ListedAsync(group, item => item["unread"]!.GetValue<long>() == 1);
        Assert.Equal(500, listed["memberCount"]!.GetValue<int>());
        Assert.Null(listed["members"]);
        Assert.Equal(100, (await others[^1].GetAsync($"/conversations/{group}"))["members"]!.AsArray().Count);
    }

    [Fact]
    public async Task A_group_that_begins_with_more_than_five_hundred_is_refused()
    {
        var ann = await chat.PersonAsync();

        await Person.RefusedAsync(
            ann.TryStartGroupAsync("All", [.. Enumerable.Range(0, 500).Select(_ => Guid.NewGuid())]), HttpStatusCode.BadRequest, "invalid_request");
    }

    [Fact]
    public async Task Who_asks_for_his_memberships_gets_each_with_the_change_that_made_him_a_member()
    {
        var (ann, bob) = (await chat.PersonAsync(), await chat.PersonAsync());
        var direct = await ann.StartDirectAsync(bob);
        var group = await ann.StartGroupAsync("Team", await chat.PersonAsync());
        await ann.SendAsync(group);
        await ann.AddAsync(group, bob);

        var mine = (await bob.GetAsync("/memberships"))["items"]!.AsArray().ToDictionary(
            item => item!["conversationId"]!.GetValue<Guid>(), item => item!["rev"]!.GetValue<long>());

        Assert.Equivalent(new Dictionary<Guid, long> { [direct] = 1, [group] = 3 }, mine);
    }
}
