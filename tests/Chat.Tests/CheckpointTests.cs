using ChatApp.Contracts;
using ChatApp.Platform.Messaging;
using ChatApp.Testing;
using Microsoft.Extensions.DependencyInjection;
using MongoDB.Bson;
using MongoDB.Driver;

namespace ChatApp.Chat.Tests;

/// <summary>How far a process says that all it wrote is published and projected.</summary>
public sealed class CheckpointTests(ChatApi chat) : IClassFixture<ChatApi>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_stays_before_what_is_not_published_and_goes_on_when_it_is()
    {
        await using var process = await ChatReplica.StartAsync(chat.Database!.ConnectionString);
        var (ann, bob) = (process.Of(await chat.PersonAsync()), await chat.PersonAsync());
        var conversation = await ann.StartDirectAsync(bob);
        await PassesAsync(process, await WrittenAtAsync(conversation));

        process.Sidecar.RefusesEvents = true;
        await chat.ProjectedAsync(conversation, await ann.SendAsync(conversation));
        var writtenAt = await WrittenAtAsync(conversation);
        await BeatsAsync(process);
        Assert.True((await CheckpointAsync(process)).Published <= writtenAt);

        process.Sidecar.RefusesEvents = false;
        await PassesAsync(process, writtenAt);
    }

    [Fact]
    public async Task It_stays_before_what_is_not_projected_though_it_is_published()
    {
        await using var line = new LossyLine(chat.Database!.ConnectionString, "update conversations");
        await using var process = await ChatReplica.StartAsync(line.ConnectionString);
        var (ann, bob) = (process.Of(await chat.PersonAsync()), await chat.PersonAsync());
        var conversation = await ann.StartDirectAsync(bob);

        line.Breaks = true;
        var seq = await ann.SendAsync(conversation);
        await process.Published.NextAsync<MessageSent>(sent => sent.ConversationId == conversation && sent.Seq == seq);
        var writtenAt = await WrittenAtAsync(conversation);
        await BeatsAsync(process);
        Assert.True((await CheckpointAsync(process)).Published <= writtenAt);

        line.Breaks = false;
        await PassesAsync(process, writtenAt);
        await chat.ProjectedAsync(conversation, seq);
    }

    /// <summary>When the last message of the conversation was written, which is later than when it was sent.</summary>
    private async Task<DateTimeOffset> WrittenAtAsync(Guid conversation)
    {
        var last = await chat.Store.GetCollection<BsonDocument>("messages")
            .Find(Builders<BsonDocument>.Filter.Eq("conversationId", new BsonBinaryData(conversation, GuidRepresentation.Standard)))
            .Sort(Builders<BsonDocument>.Sort.Descending("seq"))
            .FirstAsync(Cancel);
        return last["changedAt"].ToUniversalTime();
    }

    private Task PassesAsync(ChatReplica process, DateTimeOffset time) =>
        Wait.UntilAsync(async () => (await CheckpointAsync(process)).Published > time, "the checkpoint does not go on");

    private async Task BeatsAsync(ChatReplica process)
    {
        var beat = (await CheckpointAsync(process)).Beat;
        await Wait.UntilAsync(async () => (await CheckpointAsync(process)).Beat >= beat + 2, "the process is dead");
    }

    private async Task<(DateTimeOffset Published, long Beat)> CheckpointAsync(ChatReplica process)
    {
        var writer = new BsonBinaryData(process.Services.GetRequiredService<MongoOutbox>().Writer, GuidRepresentation.Standard);
        var checkpoint = await chat.Store.GetCollection<BsonDocument>("checkpoints").Find(Builders<BsonDocument>.Filter.Eq("_id", writer)).SingleAsync(Cancel);
        return (checkpoint["publishedBefore"].ToUniversalTime(), checkpoint["beat"].ToInt64());
    }
}
