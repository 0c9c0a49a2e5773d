using System.Diagnostics;

namespace ChatApp.Platform.Messaging;

/// <summary>Hands a letter to the handler that it was meant for. Handlers are safe to run twice, so a replay is, too.</summary>
internal sealed class DeadLetterReplay(IDeadLetterStore letters, Subscriptions subscriptions, TimeProvider time)
{
    /// <returns>Why it failed; null when it was handled.</returns>
    public async Task<string?> RunAsync(DeadLetter letter, CancellationToken ct)
    {
        try
        {
            using var activity = new Activity("replay");
            if (letter.TraceParent is { } parent)
                activity.SetParentId(parent);
            activity.Start();

            var handlers = subscriptions.Find(letter.Topic) ?? throw new InvalidOperationException($"Nobody here hears {letter.Topic ?? "an unknown topic"}.");
            if (handlers.Read(await letters.PayloadAsync(letter.Id, ct) ?? []) is { } received)
                await handlers.HandleAsync(received, ct);
        }
        catch (Exception exception) when (!ct.IsCancellationRequested)
        {
            var head = new EventHead(letter.EventId, letter.Topic, letter.Type, letter.Key, letter.TraceParent, null) { LetterId = letter.Id };
            await letters.FailedAsync(head, exception.Message, time.GetUtcNow(), ct);
            return exception.Message;
        }

        await letters.ReplayedAsync(letter.Id, time.GetUtcNow(), ct);
        return null;
    }
}
