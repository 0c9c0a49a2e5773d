using ChatApp.Testing;
using MongoDB.Bson;
using MongoDB.Driver;

namespace ChatApp.Chat.Tests.Rebuild;

/// <summary>Read marks, of which the log says the least and the most.</summary>
public sealed class UnreadCountTests : RebuildTests
{
    [Fact]
    public async Task Unread_counts_are_made_right_from_the_log_while_people_write()
    {
        var (ann, bob) = (await Api.PersonAsync(), await Api.PersonAsync());
        var (lost, behind, beyond, busy) = (await ann.StartGroupAsync("a", bob), await ann.StartGroupAsync("b", bob), await ann.StartGroupAsync("c", bob), await ann.StartGroupAsync("d", bob));
        foreach (var conversation in (Guid[])[lost, behind, beyond])
        {
            await ann.SendAsync(conversation);
            await bob.SendAsync(conversation);
            await bob.ListedAsync(conversation, item => item["readSeq"]!.GetValue<long>() == 2);
        }

        var marks = Api.Store.GetCollection<BsonDocument>("memberships");
        await Wait.UntilAsync(async () => await marks.CountDocumentsAsync(Mark(behind, bob) & Builders<BsonDocument>.Filter.Eq("readSeq", 2L), cancellationToken: Cancel) == 1, "no mark");
        await marks.DeleteOneAsync(Mark(lost, bob), Cancel);
        await marks.UpdateOneAsync(Mark(behind, bob), Builders<BsonDocument>.Update.Set("readSeq", 1L), cancellationToken: Cancel);
        await marks.UpdateOneAsync(Mark(beyond, ann), Builders<BsonDocument>.Update.Set("readSeq", 50L), cancellationToken: Cancel);

        await WhileSendingAsync(ann, busy, async () =>
        {
            Assert.Equal((1, 3), await RebuildAsync("unread_counts", check: true));
            Assert.Equal((0, 3), await RebuildAsync("unread_counts"));
        });

        Assert.Equal((0, 0), await RebuildAsync("unread_counts", check: true));
        await using var other = await ChatReplica.StartAsync(Api.Database!.ConnectionString);
        var reader = new Person(bob.Id, other.ClientFor(bob.Id));
        Assert.Equal(0, (await reader.ListedAsync(lost))["unread"]!.GetValue<long>());
        Assert.Equal(2, (await reader.ListedAsync(behind))["readSeq"]!.GetValue<long>());
        Assert.Equal(2, (await new Person(ann.Id, other.ClientFor(ann.Id)).ListedAsync(beyond))["readSeq"]!.GetValue<long>());
    }
}
