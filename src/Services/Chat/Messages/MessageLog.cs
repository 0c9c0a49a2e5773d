using System.Diagnostics;
using ChatApp.Chat.Conversations;
using ChatApp.Contracts;
using ChatApp.Platform.Database;
using ChatApp.Platform.Messaging;
using ChatApp.Platform.Telemetry;
using MongoDB.Driver;

namespace ChatApp.Chat.Messages;

/// <summary>
/// Appends to the logs of conversations. A message takes the place after the last one by one insert; the unique keys (place, change number, client key)
/// decide every race, with other processes too. Messages of different conversations that wait while an insert is under way go together in the next one.
/// </summary>
internal sealed class MessageLog(
    MessageStore messages, LogReader reader, KnownLogs logs, Projections projections, MongoOutbox outbox, TimeProvider time, ILogger<MessageLog> logger)
{
    private static readonly TimeSpan LongestTry = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(200);

    private readonly DraftQueue _waiting = new();

    /// <summary>Answers when the message is stored. Once it waits, it is written even if the caller goes away.</summary>
    /// <exception cref="LogUnavailableException">It is not known whether the message is stored.</exception>
    public Task<Appended> AppendAsync(Guid conversationId, Guid senderId, Guid clientMessageId, string text, CancellationToken ct) =>
        AppendAsync(new Draft(conversationId, senderId, clientMessageId, text, system: null, logs.Find(conversationId)?.Rev ?? 0, time.GetUtcNow()), ct);

    /// <summary>Appends a change of the members.</summary>
    /// <param name="decidedAt">The change number that the log had when the change was decided on.</param>
    /// <exception cref="LogUnavailableException">It is not known whether the message is stored.</exception>
    public Task<Appended> AppendAsync(Guid conversationId, Guid actorId, SystemMessage system, long decidedAt, CancellationToken ct) =>
        AppendAsync(new Draft(conversationId, actorId, Guid.CreateVersion7(), text: "", system, decidedAt, time.GetUtcNow()), ct);

    /// <summary>Does what follows a write: safe to repeat.</summary>
    public void Announce(IReadOnlyList<StoredMessage> stored, Change change) => Announce(stored, change, traceParents: null);

    private Task<Appended> AppendAsync(Draft draft, CancellationToken ct)
    {
        if (_waiting.Add(draft))
            _ = Task.Run(WriteAllAsync, CancellationToken.None);
        return draft.Appended.WaitAsync(ct);
    }

    private async Task WriteAllAsync()
    {
        while (_waiting.Take() is { } round)
        {
            // A conversation where several wait writes them at once, in their order; the others share one insert.
            foreach (var crowded in round.Crowded)
                _ = WriteAsync(crowded, ordered: true);
            if (round.Single.Count > 0)
                await WriteAsync(round.Single, ordered: false);
        }
    }

    private async Task WriteAsync(List<Draft> drafts, bool ordered)
    {
        var again = new List<Draft>();
        try
        {
            var ready = await reader.CatchUpAsync(drafts);
            if (ready.Count > 0)
                again = await InsertAsync(ready, ordered);
        }
        catch (Exception exception)
        {
            again = Unanswered(drafts, exception);
            // Those behind must not meet the same rival, or a store that is down, at the same moment again.
            await Task.Delay(LongestPause * Random.Shared.NextDouble());
        }

        if (_waiting.Done(drafts, again))
            _ = Task.Run(WriteAllAsync);
    }

    /// <returns>Those that have to try again.</returns>
    private async Task<List<Draft>> InsertAsync(List<Draft> drafts, bool ordered)
    {
        using var limit = new CancellationTokenSource(LongestTry);
        using var span = ServiceTelemetry.Source.StartActivity(
            "append messages",
            ActivityKind.Internal,
            drafts[0].Trace,
            [new("chatapp.batch", drafts.Count)],
            drafts.Skip(1).Select(draft => new ActivityLink(draft.Trace)));
        using var change = outbox.Begin();
        var documents = Place(drafts, change);
        var failed = await messages.InsertAsync(documents, ordered, limit.Token);

        List<StoredMessage> stored = [];
        List<Draft> again = [];
        for (var i = 0; i < drafts.Count; i++)
        {
            if (failed(i))
            {
                logs.HasRival(drafts[i].ConversationId);
                again.Add(drafts[i]);
                continue;
            }

            logs.Advance(documents[i].ConversationId, documents[i]);
            stored.Add(documents[i]);
        }

        Announce(stored, change, [.. drafts.Where((_, i) => !failed(i)).Select(draft => draft.TraceParent)]);
        change.Complete();
        for (var i = 0; i < drafts.Count; i++)
        {
            if (!failed(i))
                drafts[i].Created(documents[i]);
        }

        return again;
    }

    private StoredMessage[] Place(List<Draft> drafts, Change change)
    {
        var ends = new Dictionary<Guid, Tail>();
        var documents = new StoredMessage[drafts.Count];
        for (var i = 0; i < drafts.Count; i++)
        {
            var id = drafts[i].ConversationId;
            var end = ends.TryGetValue(id, out var last) ? last : logs.Find(id) ?? Tail.Empty;
            documents[i] = drafts[i].At(end, change);
            ends[id] = end.After(documents[i]);
        }

        return documents;
    }

    /// <summary>Some of them may be stored: that is looked up before any is written again.</summary>
    private List<Draft> Unanswered(List<Draft> drafts, Exception exception)
    {
        List<Draft> again = [];
        foreach (var draft in drafts.Where(draft => !draft.Appended.IsCompleted))
        {
            // A full disk is not full for seconds: what the first attempt stored has been looked up, the rest need not wait.
            if (Stopwatch.GetElapsedTime(draft.Since) < LongestWait && !(draft.Attempts > 1 && MongoDisk.IsFull(exception)))
                again.Add(draft);
            else
                draft.Failed(exception);
        }

        if (again.Count < drafts.Count)
            logger.LogError("{Count} messages can't be written: {Reason}", drafts.Count - again.Count, exception.Message);
        return again;
    }

    private void Announce(IReadOnlyList<StoredMessage> stored, Change change, IReadOnlyList<string?>? traceParents)
    {
        for (var i = 0; i < stored.Count; i++)
        {
            var message = stored[i];
            var id = OutboxEvent.IdOf(message.SentAt, message.ConversationId, message.Rev);
            change.Publish(OutboxEvent.From(message.Event(), message.SentAt, id, traceParents?[i]));
        }

        projections.Add(stored, change);
    }
}
