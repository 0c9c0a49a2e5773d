using System.Net;
using ChatApp.Contracts;

namespace ChatApp.Chat.Tests;

public sealed class MessageTests(ChatApi chat) : IClassFixture<ChatApi>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_message_takes_the_next_place_and_is_told()
    {
        var (ann, bob) = (await chat.PersonAsync(), await chat.PersonAsync("Bob"));
        var conversation = await ann.StartDirectAsync(bob);

        Assert.Equal(2, await ann.SendAsync(conversation, "hello"));
        Assert.Equal(3, await bob.SendAsync(conversation, "hi"));

        var sent = await chat.Published.NextAsync<MessageSent>(sent => sent.ConversationId == conversation && sent.Seq == 3);
        Assert.Equal((bob.Id, "hi", 3L, 2L, 2), (sent.SenderId, sent.Text, sent.Rev, sent.Counted, sent.MemberCount));
        Assert.Null(sent.System);
    }

    [Fact]
    public async Task The_first_message_says_that_the_conversation_began_and_who_is_in_it()
    {
        var (ann, bob) = (await chat.PersonAsync(), await chat.PersonAsync("Bob"));
        var group = await ann.StartGroupAsync("Lunch", bob);

        var first = await chat.Published.NextAsync<MessageSent>(sent => sent.ConversationId == group);

        Assert.Equal((1L, 1L, 0L, 2, ""), (first.Seq, first.Rev, first.Counted, first.MemberCount, first.Text));
        Assert.Equal((MembersChange.Created, ConversationKind.Group, "Lunch"), (first.System!.Change, first.System.Kind, first.System.Title));
        Assert.Equal([new MemberChange(ann.Id, "owner", true), new MemberChange(bob.Id, "member", true)], first.System.Members);
        Assert.Equal("created", (await bob.GetAsync($"/conversations/{group}/messages/1"))["system"]!["change"]!.GetValue<string>());
    }

    [Fact]
    public async Task Twenty_senders_at_once_leave_no_gap_and_everybody_reads_the_same_order()
    {
        var people = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => chat.PersonAsync()));
        var group = await people[0].StartGroupAsync("Team", people[1..]);

        await Task.WhenAll(people.Select(async person =>
        {
            for (var i = 0; i < 10; i++)
                await person.SendAsync(group, $"{person.Id} {i}");
        }));

        Assert.Equal(Person.Places(200), await people[3].PlacesAsync(group, limit: 30));
        Assert.Equal(
            (await people[0].GetAsync($"/conversations/{group}/messages?limit=200"))["items"]!.ToJsonString(),
            (await people[9].GetAsync($"/conversations/{group}/messages?limit=200"))["items"]!.ToJsonString());
    }

    [Fact]
    public async Task Events_of_a_conversation_are_published_in_its_order()
    {
        var (ann, bob) = (await chat.PersonAsync(), await chat.PersonAsync());
        var conversation = await ann.StartDirectAsync(bob);

        await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => ann.SendAsync(conversation)));
        await chat.Published.NextAsync<MessageSent>(sent => sent.ConversationId == conversation && sent.Seq == 31);

        Assert.Equal(
            Person.Places(30),
            chat.Published.Of<MessageSent>().Where(sent => sent.ConversationId == conversation).Select(sent => sent.Seq));
    }

    [Fact]
    public async Task A_repeated_send_answers_the_message_that_is_there()
    {
        var (ann, bob) = (await chat.PersonAsync(), await chat.PersonAsync());
        var conversation = await ann.StartDirectAsync(bob);
        var key = Guid.NewGuid();

        using var first = await ann.TrySendAsync(conversation, "once", key);
        await bob.SendAsync(conversation);
        using var second = await ann.TrySendAsync(conversation, "once", key);

        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.OK), (first.StatusCode, second.StatusCode));
        Assert.Equal($"/conversations/{conversation}/messages/2", first.Headers.Location!.ToString());
        Assert.Equal(await first.Content.ReadAsStringAsync(Cancel), await second.Content.ReadAsStringAsync(Cancel));
        Assert.Equal(Person.Places(2), await ann.PlacesAsync(conversation));
    }

    [Fact]
    public async Task One_key_sent_many_times_at_once_among_others_gives_one_message()
    {
        var (ann, bob) = (await chat.PersonAsync(), await chat.PersonAsync());
        var conversation = await ann.StartDirectAsync(bob);
        var key = Guid.NewGuid();

        var repeated = Task.WhenAll(Enumerable.Range(0, 30).Select(_ => ann.TrySendAsync(conversation, "once", key)));
        var others = Task.WhenAll(Enumerable.Range(0, 30).Select(_ => bob.SendAsync(conversation)));

        var answers = await repeated;
        Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.Created);
        Assert.Equal(29, answers.Count(answer => answer.StatusCode == HttpStatusCode.OK));
        Assert.Single((await Task.WhenAll(answers.Select(answer => answer.Content.ReadAsStringAsync(Cancel)))).Distinct());
        await others;
        Assert.Equal(Person.Places(31), await bob.PlacesAsync(conversation));
    }

    [Fact]
    public async Task A_key_with_another_text_is_refused_but_belongs_to_its_sender_alone()
    {
        var (ann, bob) = (await chat.PersonAsync(), await chat.PersonAsync());
        var conversation = await ann.StartDirectAsync(bob);
        var key = Guid.NewGuid();
        await ann.SendAsync(conversation, "one", key);

        await Person.RefusedAsync(ann.TrySendAsync(conversation, "two", key), HttpStatusCode.Conflict, "client_message_id_reused");

        Assert.Equal(3, await bob.SendAsync(conversation, "two", key));
    }

    [Theory]
    [InlineData("""{"clientMessageId":"0198c7a0-0000-7000-8000-000000000000","text":""}""", "text")]
    [InlineData("""{"clientMessageId":"0198c7a0-0000-7000-8000-000000000000","text":"  \n "}""", "text")]
    [InlineData("""{"clientMessageId":"0198c7a0-0000-7000-8000-000000000000"}""", "text")]
    [InlineData("""{"clientMessageId":"once","text":"hello"}""", "clientMessageId")]
    [InlineData("""{"text":"hello"}""", "clientMessageId")]
    [InlineData("""{"clientMessageId":"0198c7a0-0000-7000-8000-000000000000","text":"half \ud83d"}""", "text")]
    [InlineData("""{"clientMessageId":"0198c7a0-0000-7000-8000-000000000000","text":7}""", "text")]
    public async Task A_message_that_is_not_well_formed_is_refused_with_the_field(string body, string field)
    {
        var (ann, bob) = (await chat.PersonAsync(), await chat.PersonAsync());
        var conversation = await ann.StartDirectAsync(bob);

        using var content = new StringContent(body, null, "application/json");
        using var response = await ann.Http.PostAsync($"/conversations/{conversation}/messages", content, Cancel);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        var problem = System.Text.Json.Nodes.JsonNode.Parse(await response.Content.ReadAsStringAsync(Cancel))!;
        Assert.Equal("invalid_request", problem["code"]!.GetValue<string>());
        Assert.Contains(problem["errors"]!.AsObject(), error => string.Equals(error.Key, field, StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData("zero \0 inside")]
    [InlineData("مرحبا 👋🏽 こんにちは")]
    [InlineData(" spaces and \r\n lines stay ")]
    public async Task A_text_comes_back_as_it_was_sent(string text)
    {
        var (ann, bob) = (await chat.PersonAsync(), await chat.PersonAsync());
        var conversation = await ann.StartDirectAsync(bob);

        await ann.SendAsync(conversation, text);

        Assert.Equal(text, (await bob.GetAsync($"/conversations/{conversation}/messages/2"))["text"]!.GetValue<string>());
        Assert.Equal(text, (await chat.Published.NextAsync<MessageSent>(sent => sent.ConversationId == conversation && sent.System is null)).Text);
    }

    [Fact]
    public async Task The_longest_text_fits_and_one_character_more_does_not()
    {
        var (ann, bob) = (await chat.PersonAsync(), await chat.PersonAsync());
        var conversation = await ann.StartDirectAsync(bob);

        Assert.Equal(2, await ann.SendAsync(conversation, new string('x', 4000)));
        await Person.RefusedAsync(ann.TrySendAsync(conversation, new string('x', 4001)), HttpStatusCode.BadRequest, "invalid_request");
    }

    [Fact]
    public async Task History_pages_both_ways_with_the_names_of_who_wrote()
    {
        var (ann, bob) = (await chat.PersonAsync(), await chat.PersonAsync("Bob"));
        var conversation = await ann.StartDirectAsync(bob);
        for (var i = 0; i < 5; i++)
            await (i % 2 == 0 ? ann : bob).SendAsync(conversation, $"text {i + 1}");

        var newest = await bob.GetAsync($"/conversations/{conversation}/messages?limit=2");
        var older = await bob.GetAsync($"/conversations/{conversation}/messages?limit=2&before={newest["next"]}");
        var oldest = await bob.GetAsync($"/conversations/{conversation}/messages?limit=2&before={older["next"]}");

        Assert.Equal(["text 5", "text 4", "text 3", "text 2", "text 1", ""], new[] { newest, older, oldest }.SelectMany(Texts));
        Assert.Null(oldest["next"]);
        Assert.Equal("Bob", newest["users"]![bob.Id.ToString()]!["displayName"]!.GetValue<string>());
        Assert.Equal(["text 3", "text 4", "text 5"], Texts(await ann.GetAsync($"/conversations/{conversation}/messages?after=3")));
        Assert.Equal("text 4", (await ann.GetAsync($"/conversations/{conversation}/messages/5"))["text"]!.GetValue<string>());
        await Person.RefusedAsync(ann.Http.GetAsync($"/conversations/{conversation}/messages/7", Cancel), HttpStatusCode.NotFound, "message_not_found");
        await Person.RefusedAsync(ann.Http.GetAsync($"/conversations/{conversation}/messages?limit=0", Cancel), HttpStatusCode.BadRequest, "invalid_request");

        static IEnumerable<string> Texts(System.Text.Json.Nodes.JsonNode page) =>
            page["items"]!.AsArray().Select(message => message!["text"]!.GetValue<string>());
    }
}
