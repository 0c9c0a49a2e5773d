using ChatApp.LocalStack.Sidecar.Api;
using Microsoft.Extensions.Logging;

namespace ChatApp.LocalStack.Sidecar.PubSub;

/// <summary>
/// Where a subscription's messages go that the app did not handle: each on its own, with its own bytes and metadata, or nowhere.
/// </summary>
internal sealed class DeadLetters(AppSubscription subscription, Publisher publisher, ILogger log)
{
    private static readonly IReadOnlyDictionary<string, string> NoMetadata = new Dictionary<string, string>();

    public bool Exist => subscription.DeadLetterTopic is not null;

    /// <exception cref="DaprError">The broker did not take it.</exception>
    public async Task TakeAsync(BrokerMessage message, string reason, CancellationToken ct)
    {
        if (!Exist)
            return;

        log.LogWarning(
            "{Topic} at {Place}: to {DeadLetters}, {Reason}", message.Topic, message.Place, subscription.DeadLetterTopic, reason);
        var letter = ToDeadLetter(message);

        if ((await publisher.SendAsync([letter], NoMetadata, ct))[0] is { } failure)
            throw Publisher.Fault(letter.PubSub, letter.Topic, failure.Message);
    }

    /// <summary>As in Dapr for an entry of a batch: when the broker does not take it, it is gone.</summary>
    public async Task TryTakeAsync(BrokerMessage message, string reason, CancellationToken ct)
    {
        try
        {
            await TakeAsync(message, reason, ct);
        }
        catch (DaprError e)
        {
            log.LogError("{Topic} at {Place}: lost, {Reason}", message.Topic, message.Place, e.Message);
        }
    }

    /// <summary>Takes what failed of a batch.</summary>
    /// <returns>What failed and is not a dead letter: nothing, or all of it.</returns>
    public async Task<Exception?[]> TakeAsync(IReadOnlyList<BrokerMessage> messages, Exception?[] failures, CancellationToken ct)
    {
        BrokerMessage[] failed = [.. messages.Where((_, place) => failures[place] is not null)];
        if (failed.Length == 0 || !Exist)
            return failures;

        log.LogWarning("{Topic}: {Count} messages to {DeadLetters}, the first because {Reason}",
            subscription.Topic, failed.Length, subscription.DeadLetterTopic, failures.First(failure => failure is not null)!.Message);

        var untaken = await publisher.SendAsync([.. failed.Select(ToDeadLetter)], NoMetadata, ct);
        return Array.TrueForAll(untaken, failure => failure is null) ? new Exception?[messages.Count] : failures;
    }

    private BrokerMessage ToDeadLetter(BrokerMessage message) => message with { Topic = subscription.DeadLetterTopic! };
}
