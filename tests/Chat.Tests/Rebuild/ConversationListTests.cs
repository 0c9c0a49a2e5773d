using MongoDB.Bson;
using MongoDB.Driver;

namespace ChatApp.Chat.Tests.Rebuild;

/// <summary>The list of conversations, which is made of the log.</summary>
public sealed class ConversationListTests : RebuildTests
{
    [Fact]
    public async Task The_conversation_list_is_made_anew_from_the_log_while_people_write()
    {
        var (ann, bob) = (await Api.PersonAsync(), await Api.PersonAsync());
        Guid[] conversations = [.. await Task.WhenAll(Enumerable.Range(0, 6).Select(number => ann.StartGroupAsync($"Group {number}", bob)))];
        foreach (var conversation in conversations)
        {
            await ann.SendAsync(conversation, "first");
            await ann.SendAsync(conversation, "last");
            await bob.ListedAsync(conversation, item => item["lastMessage"]?["seq"]?.GetValue<long>() == 3);
            await Api.ProjectedAsync(conversation, 3);
        }

        await Conversation(conversations[0], Builders<BsonDocument>.Update.Unset("lastMessage"));
        await Conversation(conversations[1], Builders<BsonDocument>.Update.Set("lastMessage.text", "damaged"));
        await Conversation(conversations[2], Builders<BsonDocument>.Update.Set("lastMessage.rev", 99L).Set("rev", 99L));
        await Conversation(conversations[3], Builders<BsonDocument>.Update.Set("counted", 7L));
        await Conversation(conversations[4], Builders<BsonDocument>.Update.Set("memberCount", 9));

        await WhileSendingAsync(ann, conversations[5], async () =>
        {
            Assert.Equal((1, 5), await RebuildAsync("conversation_list", check: true));
            Assert.Equal((0, 5), await RebuildAsync("conversation_list"));
        });

        Assert.Equal((0, 0), await RebuildAsync("conversation_list", check: true));
        // Another process has none of it in memory.
        await using var other = await ChatReplica.StartAsync(Api.Database!.ConnectionString);
        var reader = new Person(bob.Id, other.ClientFor(bob.Id));
        foreach (var conversation in conversations[..5])
        {
            var listed = await reader.ListedAsync(conversation);
            Assert.Equal(("last", 2L, 2), (listed["lastMessage"]!["text"]!.GetValue<string>(), listed["unread"]!.GetValue<long>(), listed["memberCount"]!.GetValue<int>()));
        }

        await ann.SendAsync(conversations[2], "goes on");
        await reader.ListedAsync(conversations[2], item => item["lastMessage"]!["text"]!.GetValue<string>() == "goes on");
    }
}
