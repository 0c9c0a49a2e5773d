using ChatApp.Testing;
using MongoDB.Bson;
using MongoDB.Driver;

namespace ChatApp.Chat.Tests.Rebuild;

/// <summary>Who is a member, as the log says, and read marks, of which it says the least and the most.</summary>
public sealed class MemberListTests : RebuildTests
{
    private static readonly UpdateDefinitionBuilder<BsonDocument> Set = Builders<BsonDocument>.Update;

    [Fact]
    public async Task Memberships_are_made_right_from_the_log_while_people_write()
    {
        var (ann, bob, cid, eve) = (await Api.PersonAsync(), await Api.PersonAsync(), await Api.PersonAsync(), await Api.PersonAsync());
        var groups = await Task.WhenAll(Enumerable.Range(0, 9).Select(number => ann.StartGroupAsync($"Group {number}", bob, cid)));
        var (lost, role, gone, back, extra) = (groups[0], groups[1], groups[2], groups[3], groups[4]);
        var (behind, beyond, miscounted, busy) = (groups[5], groups[6], groups[7], groups[8]);
        foreach (var group in groups)
        {
            await ann.SendAsync(group);
            await bob.SendAsync(group);
            await Wait.UntilAsync(async () => await Marks.CountDocumentsAsync(Mark(group, bob) & Builders<BsonDocument>.Filter.Eq("readSeq", 3L), cancellationToken: Cancel) == 1, "no mark");
        }

        await ann.RemoveAsync(back, cid);

        await Marks.DeleteOneAsync(Mark(lost, bob), Cancel);
        await DamageAsync(role, bob, Set.Set("role", "Owner"));
        await DamageAsync(gone, cid, Set.Set("active", false));
        await DamageAsync(back, cid, Set.Set("active", true));
        var stranger = await Marks.Find(Mark(extra, cid)).SingleAsync(Cancel);
        stranger["_id"] = Memberships.Membership.Key(extra, eve.Id);
        stranger["userId"] = new BsonBinaryData(eve.Id, GuidRepresentation.Standard);
        await Marks.InsertOneAsync(stranger, cancellationToken: Cancel);
        await DamageAsync(behind, bob, Set.Set("readSeq", 1L).Set("readCounted", 0L));
        await DamageAsync(beyond, ann, Set.Set("readSeq", 50L).Set("readCounted", 49L));
        await DamageAsync(miscounted, bob, Set.Set("readCounted", 1L));

        await WhileSendingAsync(ann, busy, async () =>
        {
            Assert.Equal((1, 8), await RebuildAsync("members", check: true));
            Assert.Equal((0, 8), await RebuildAsync("members"));
        });

        Assert.Equal((0, 0), await RebuildAsync("members", check: true));
        await using var other = await ChatReplica.StartAsync(Api.Database!.ConnectionString);
        foreach (var group in groups[..8])
        {
            var listed = await other.Of(bob).ListedAsync(group);
            Assert.Equal((3L, 0L, "member"), (listed["readSeq"]!.GetValue<long>(), listed["unread"]!.GetValue<long>(), listed["role"]!.GetValue<string>()));
        }

        Assert.Equal(3, (await other.Of(ann).ListedAsync(beyond))["readSeq"]!.GetValue<long>());
        Assert.Equal(8, (await other.Of(cid).GetAsync("/conversations"))["items"]!.AsArray().Count);
        Assert.Empty((await other.Of(eve).GetAsync("/conversations"))["items"]!.AsArray());
    }

    private IMongoCollection<BsonDocument> Marks => Api.Store.GetCollection<BsonDocument>("memberships");

    private Task<UpdateResult> DamageAsync(Guid group, Person person, UpdateDefinition<BsonDocument> damage) =>
        Marks.UpdateOneAsync(Mark(group, person), damage, cancellationToken: Cancel);
}
