using System.Diagnostics;
using ChatApp.Chat.Conversations;
using ChatApp.Chat.Memberships;
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
    MessageStore messages, MembershipProjection memberships, LogReader reader, KnownLogs logs, Projections projections, MongoOutbox outbox, TimeProvider time,
    ILogger<MessageLog> logger)
{
    private static readonly TimeSpan LongestTry = TimeSpan.FromSeconds(5);
    /// <summary>How long a caller waits.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(200);

    private readonly DraftQueue _waiting = new();

    /// <summary>Answers when the message is stored. Once it waits, it is written even if the caller goes away.</summary>
    /// <param name="decidedAt">The change number that the log had before it was found that the sender is a member.</param>
    /// <exception cref="LogUnavailableException">It is not known whether the message is stored.</exception>
    public Task<Appended> AppendAsync(Guid conversationId, Guid senderId, Guid clientMessageId, string text, long decidedAt, CancellationToken ct) =>
        AppendAsync(new Draft(conversationId, senderId, clientMessageId, text, system: null, decidedAt, time.GetUtcNow()), ct);

    /// <summary>Appends a change of the members.</summary>
    /// <param name="decidedAt">The change number that the log had when the change was decided on.</param>
    /// <exception cref="LogUnavailableException">It is not known whether the message is stored.</exception>
    public Task<Appended> AppendAsync(Guid conversationId, Guid actorId, SystemMessage system, long decidedAt, CancellationToken ct) =>
        AppendAsync(new Draft(conversationId, actorId, Guid.CreateVersion7(), text: "", system, decidedAt, time.GetUtcNow()), ct);

    /// <summary>Does what follows a write: safe to repeat.</summary>
    public void Announce(IReadOnlyList<StoredMessage> stored, Change change) => Announce(stored, change, traceParents: null);

    private async Task<Appended> AppendAsync(Draft draft, CancellationToken ct)
    {
        if (_waiting.Add(draft))
            _ = Task.Run(WriteAllAsync, CancellationToken.None);
        try
        {
            return await draft.Appended.WaitAsync(LongestWait, time, ct);
        }
        catch (TimeoutException exception)
        {
            throw new LogUnavailableException(exception);
        }
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
            var (left, ends, own) = await reader.CatchUpAsync(drafts);
            // In the order of the log: before what is written next.
            AnnounceLate(own);
            if (left.Count > 0)
                again = await InsertAsync(left, ends, ordered);
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
    private async Task<List<Draft>> InsertAsync(List<Draft> drafts, Dictionary<Guid, Tail> ends, bool ordered)
    {
        using var limit = new CancellationTokenSource(LongestTry);
        using var span = ServiceTelemetry.Source.StartActivity(
            "append messages",
            ActivityKind.Internal,
            drafts[0].Trace,
            [new("chatapp.batch", drafts.Count)],
            drafts.Skip(1).Select(draft => new ActivityLink(draft.Trace)));
        using var change = outbox.Begin();
        var documents = Place(drafts, ends, change);
        var failed = await messages.InsertAsync(documents, ordered, limit.Token);

        var stored = documents.Where((_, i) => !failed(i)).ToList();
        // Whoever asks after the answer finds it so, and nothing is decided here on members as they were.
        await memberships.ApplyAsync(stored.FindAll(message => message.System is not null), limit.Token);
        foreach (var message in stored)
            logs.Advance(message);

        Announce(stored, change, [.. drafts.Where((_, i) => !failed(i)).Select(draft => draft.TraceParent)]);
        change.Complete();
        for (var i = 0; i < drafts.Count; i++)
        {
            if (!failed(i))
                drafts[i].Created(documents[i]);
        }

        return [.. drafts.Where((_, i) => failed(i))];
    }

    private static StoredMessage[] Place(List<Draft> drafts, Dictionary<Guid, Tail> ends, Change change)
    {
        var documents = new StoredMessage[drafts.Count];
        for (var i = 0; i < drafts.Count; i++)
        {
            var id = drafts[i].ConversationId;
            documents[i] = drafts[i].At(ends[id], change);
            ends[id] = ends[id].After(documents[i]);
        }

        return documents;
    }

    private void AnnounceLate(IReadOnlyList<StoredMessage> stored)
    {
        if (stored.Count == 0)
            return;

        using var change = outbox.Begin();
        Announce(stored, change);
        change.Complete();
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
        if (stored.Count == 0)
            return;

        for (var i = 0; i < stored.Count; i++)
        {
            var message = stored[i];
            var id = OutboxEvent.IdOf(message.SentAt, message.ConversationId, message.Rev);
            change.Publish(OutboxEvent.From(message.Event(), message.SentAt, id, traceParents?[i]));
        }

        projections.Add(stored, change);
    }
}
