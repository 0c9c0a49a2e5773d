using System.Diagnostics;
using ChatApp.Chat.Conversations;
using ChatApp.Platform;
using ChatApp.Platform.Database;
using ChatApp.Platform.Messaging;
using ChatApp.Platform.Telemetry;
using MongoDB.Bson;
using MongoDB.Driver;

namespace ChatApp.Chat.Messages;

/// <summary>
/// Appends to the logs of conversations. A message takes the place after the last one by one insert; the unique keys (place, change number, client key)
/// decide every race, with other processes too. Within this process a conversation's messages are written one batch after the other.
/// </summary>
internal sealed class MessageLog
{
    private const int MaxBatch = 100;

    /// <summary>More messages than this wait only when the store is down or far too slow.</summary>
    private const int MaxWaiting = 10_000;

    private static readonly TimeSpan LongestTry = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(200);
    private static readonly InsertManyOptions InOrder = new() { IsOrdered = true };

    private readonly IMongoCollection<StoredMessage> _messages;
    private readonly MongoOutbox _outbox;
    private readonly Tails _tails;
    private readonly TimeProvider _time;
    private readonly ILogger<MessageLog> _logger;
    private readonly KeyedBatches<Guid, Draft> _waiting;

    public MessageLog(IMongoDatabase db, MongoOutbox outbox, Tails tails, TimeProvider time, ILogger<MessageLog> logger)
    {
        _messages = db.GetCollection<StoredMessage>(MessageStore.Collection);
        (_outbox, _tails, _time, _logger) = (outbox, tails, time, logger);
        _waiting = new(WriteAsync, MaxBatch);
    }

    /// <summary>Answers when the message is stored. Once it waits, it is written even if the caller goes away.</summary>
    /// <exception cref="LogUnavailableException">It is not known whether the message is stored.</exception>
    public Task<Appended> AppendAsync(Audience audience, Guid senderId, Guid clientMessageId, string text, CancellationToken ct)
    {
        if (_waiting.Count >= MaxWaiting)
            throw new LogUnavailableException(new TimeoutException("Too many messages wait."));

        var draft = new Draft(audience, senderId, clientMessageId, text, _time.GetUtcNow());
        _waiting.Add(audience.ConversationId, draft);
        return draft.Appended.WaitAsync(ct);
    }

    private async Task WriteAsync(Guid conversationId, IReadOnlyList<Draft> batch)
    {
        var first = new Dictionary<(Guid, Guid), Draft>(batch.Count);
        foreach (var draft in batch)
        {
            if (!first.TryAdd(draft.Key, draft))
                _ = draft.FollowAsync(first[draft.Key]);
        }

        try
        {
            await WriteAsync(conversationId, [.. first.Values]);
        }
        catch (Exception exception)
        {
            _logger.LogError(exception, "Messages of conversation {ConversationId} can't be written", conversationId);
            foreach (var draft in first.Values)
                draft.Failed(new LogUnavailableException(exception));
        }
    }

    private async Task WriteAsync(Guid conversationId, List<Draft> left)
    {
        var started = Stopwatch.GetTimestamp();
        for (var attempt = 0; ; attempt++)
        {
            using var limit = new CancellationTokenSource(LongestTry);
            try
            {
                // Whatever went wrong, some of them may be stored: that is looked up by their client keys before any is written again.
                if (attempt > 0)
                    left = await SettleStoredAsync(conversationId, left, limit.Token);
                if (left.Count > 0)
                    await InsertAsync(conversationId, left, limit.Token);

                return;
            }
            catch (Exception exception) when (exception is MongoException or TimeoutException or OperationCanceledException)
            {
                _tails.Forget(conversationId);
                // A full disk is not full for seconds: what the first attempt stored has been looked up, the rest need not wait.
                if (Stopwatch.GetElapsedTime(started) > LongestWait || (attempt > 0 && MongoDisk.IsFull(exception)))
                    throw;
            }

            // The first retry follows a lost race and comes at once; those behind it must not meet the same rival again.
            if (attempt > 0)
                await Task.Delay(LongestPause * Random.Shared.NextDouble() * Math.Min(1, attempt / 10.0));
        }
    }

    private async Task InsertAsync(Guid conversationId, List<Draft> drafts, CancellationToken ct)
    {
        var tail = _tails.Find(conversationId) ?? await _tails.ReadAsync(conversationId, ct);
        using var span = ServiceTelemetry.Source.StartActivity(
            "append messages", ActivityKind.Internal, drafts[0].Trace, [new("chatapp.batch", drafts.Count)], drafts.Skip(1).Select(draft => new ActivityLink(draft.Trace)));
        var documents = drafts.Select((draft, index) => draft.At(tail.Seq + 1 + index, tail.Rev + 1 + index)).ToArray();

        await _messages.InsertManyAsync(documents, InOrder, ct);

        var last = documents[^1];
        _tails.Set(conversationId, new Tail(last.Seq, last.Rev, LastMessage.Of(last)));
        for (var i = 0; i < documents.Length; i++)
        {
            drafts[i].Created(documents[i]);
            Announce(documents[i]);
        }
    }

    /// <summary>Answers those that are in the log already, and returns the others.</summary>
    private async Task<List<Draft>> SettleStoredAsync(Guid conversationId, List<Draft> drafts, CancellationToken ct)
    {
        var where = Builders<StoredMessage>.Filter;
        var candidates = await _messages
            .Find(
                where.Eq(message => message.ConversationId, conversationId)
                & where.In(message => message.SenderId, drafts.Select(draft => draft.Key.SenderId).Distinct())
                & where.In(message => message.ClientMessageId, drafts.Select(draft => draft.Key.ClientMessageId)))
            .ToListAsync(ct);
        var stored = candidates.ToDictionary(message => (message.SenderId, message.ClientMessageId));

        List<Draft> left = [];
        foreach (var draft in drafts)
        {
            if (!stored.TryGetValue(draft.Key, out var message))
            {
                left.Add(draft);
                continue;
            }

            draft.Found(message);
            // Its event may not have been announced by the attempt that stored it; the outbox knows those that were.
            Announce(message);
        }

        return left;
    }

    private void Announce(StoredMessage message)
    {
        if (message.Outbox is { Count: > 0 } events)
            _outbox.Written(MessageStore.Collection, new BsonBinaryData(message.Id), [.. events]);
    }
}
