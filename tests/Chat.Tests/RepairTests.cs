using ChatApp.Contracts;
using ChatApp.Platform.Messaging;
using MongoDB.Bson;
using MongoDB.Driver;

namespace ChatApp.Chat.Tests;

/// <summary>What a process leaves behind when it dies, and what the next one makes of it.</summary>
public sealed class RepairTests(ChatApi chat) : IClassFixture<ChatApi>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_stored_but_not_published_is_published_by_the_next_process()
    {
        var (ann, bob) = (await chat.PersonAsync(), await chat.PersonAsync());
        Guid conversation;
        await using (var dying = await ChatReplica.StartAsync(chat.Database!.ConnectionString))
        {
            dying.Sidecar.RefusesEvents = true;
            var sender = new Person(ann.Id, dying.ClientFor(ann.Id));
            conversation = await sender.StartDirectAsync(bob);
            await sender.SendAsync(conversation, "last words");
            await sender.PutAsync($"/conversations/{conversation}/read", new { seq = 1 });
            await new Person(bob.Id, dying.ClientFor(bob.Id)).PutAsync($"/conversations/{conversation}/read", new { seq = 1 });
        }

        await AgeAsync();
        await using var next = await ChatReplica.StartAsync(chat.Database!.ConnectionString);

        await BothAsync<ConversationCreated>(next, created => created.ConversationId == conversation);
        await BothAsync<MembershipChanged>(next, changed => changed.ConversationId == conversation && changed.UserId == bob.Id);
        await BothAsync<MessageSent>(next, sent => sent.ConversationId == conversation && sent.Text == "last words");
        await BothAsync<ReceiptUpdated>(next, read => read.ConversationId == conversation && read.UserId == bob.Id);
        await ClearedAsync();
    }

    [Fact]
    public async Task A_message_that_nothing_followed_is_published_and_projected()
    {
        var (ann, bob) = (await chat.PersonAsync(), await chat.PersonAsync());
        var conversation = await ann.StartDirectAsync(bob);
        await ann.SendAsync(conversation, "before");
        await ann.ListedAsync(conversation, item => item["readSeq"]!.GetValue<long>() == 1);
        var at = DateTimeOffset.UtcNow.AddMinutes(-1);
        var sent = new MessageSent(conversation, ConversationKind.Direct, null, 2, 2, bob.Id, Guid.NewGuid(), "from the dead", [ann.Id, bob.Id], at);
        var stored = new Messages.StoredMessage(
            Messages.StoredMessage.Key(conversation, 2), conversation, 2, 2, bob.Id, sent.ClientMessageId, sent.Text, at, [OutboxEvent.From(sent, at)]);

        await chat.Store.GetCollection<Messages.StoredMessage>("messages").InsertOneAsync(stored, cancellationToken: Cancel);
        await using var next = await ChatReplica.StartAsync(chat.Database!.ConnectionString);

        await BothAsync<MessageSent>(next, told => told.ConversationId == conversation && told.Text == "from the dead");
        var listed = await ann.ListedAsync(conversation, item => item["lastMessage"]!["seq"]!.GetValue<long>() == 2);
        Assert.Equal(1, listed["unread"]!.GetValue<long>());
        Assert.Equal(2, (await bob.ListedAsync(conversation, item => item["unread"]!.GetValue<long>() == 0))["readSeq"]!.GetValue<long>());
        Assert.Equal(3, await ann.SendAsync(conversation, "and on"));
        await ClearedAsync();
    }

    [Fact]
    public async Task An_event_that_comes_again_late_takes_no_projection_back()
    {
        var (ann, bob) = (await chat.PersonAsync(), await chat.PersonAsync());
        var conversation = await ann.StartDirectAsync(bob);
        var key = Guid.NewGuid();
        await ann.SendAsync(conversation, "one", key);
        await bob.SendAsync(conversation, "two");
        await ann.SendAsync(conversation, "three");
        await ann.ListedAsync(conversation, item => item["lastMessage"]!["seq"]!.GetValue<long>() == 3 && item["readSeq"]!.GetValue<long>() == 3);
        await ClearedAsync();

        var at = DateTimeOffset.UtcNow.AddMinutes(-1);
        var again = OutboxEvent.From(new MessageSent(conversation, ConversationKind.Direct, null, 1, 1, ann.Id, key, "one", [ann.Id, bob.Id], at), at);
        await chat.Store.GetCollection<Messages.StoredMessage>("messages").UpdateOneAsync(
            Builders<Messages.StoredMessage>.Filter.Eq(message => message.Id, Messages.StoredMessage.Key(conversation, 1)),
            Builders<Messages.StoredMessage>.Update.Set(message => message.Outbox, [again]),
            cancellationToken: Cancel);
        await using var next = await ChatReplica.StartAsync(chat.Database!.ConnectionString);
        await ClearedAsync();

        var listed = await new Person(ann.Id, next.ClientFor(ann.Id)).ListedAsync(conversation);
        Assert.Equal(("three", 3L), (listed["lastMessage"]!["text"]!.GetValue<string>(), listed["readSeq"]!.GetValue<long>()));
    }

    /// <summary>Every process sweeps: whichever came first has published it.</summary>
    private async Task BothAsync<T>(ChatReplica next, Func<T, bool> fits)
        where T : IEvent => await Task.WhenAny(chat.Published.NextAsync(fits), next.Published.NextAsync(fits)).Unwrap();

    /// <summary>The sweep leaves young events to who wrote them.</summary>
    private async Task AgeAsync()
    {
        foreach (var collection in new[] { "conversations", "messages", "memberships" })
        {
            await chat.Store.GetCollection<BsonDocument>(collection).UpdateManyAsync(
                Builders<BsonDocument>.Filter.Exists("outbox.at"),
                new BsonDocument("$set", new BsonDocument("outbox.$[].at", DateTime.UtcNow.AddMinutes(-1))),
                cancellationToken: Cancel);
        }
    }

    private async Task ClearedAsync()
    {
        var deadline = DateTime.UtcNow.AddSeconds(15);
        foreach (var collection in new[] { "conversations", "messages", "memberships" })
        {
            while (await chat.Store.GetCollection<BsonDocument>(collection).Find(Builders<BsonDocument>.Filter.Exists("outbox.at")).AnyAsync(Cancel))
            {
                Assert.True(DateTime.UtcNow < deadline, $"events stay in {collection}");
                await Task.Delay(50, Cancel);
            }
        }
    }
}
