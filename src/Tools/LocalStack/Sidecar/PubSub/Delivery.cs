using System.Diagnostics;
using System.Text.Json;
using ChatApp.LocalStack.Sidecar.Policies;
using Microsoft.Extensions.Logging;

namespace ChatApp.LocalStack.Sidecar.PubSub;

/// <summary>Brings one message of a subscription to the app, and acts on its answer as Dapr does.</summary>
internal sealed class Delivery(
    AppSubscription subscription, AppChannel app, Policy? policy, DeadLetters deadLetters, Tracing tracing, ILogger log)
{
    /// <param name="messages">One.</param>
    /// <returns>No failure. It throws when the component has to retry.</returns>
    public async Task<Exception?[]> HandleAsync(IReadOnlyList<BrokerMessage> messages, Lifetime lifetime)
    {
        await HandleAsync(messages[0], lifetime);
        return [null];
    }

    private async Task HandleAsync(BrokerMessage message, Lifetime lifetime)
    {
        ReadOnlyMemory<byte> body;
        EventHead head;

        try
        {
            body = subscription.IsRaw ? Envelope.WrapRaw(message.Data.Span, message.PubSub, message.Topic) : message.Data;
            head = EventHead.Read(body.Span);
        }
        catch (JsonException e)
        {
            await DeadLetterOrFailAsync(message, new InvalidDataException($"not a CloudEvent: {e.Message}", e), lifetime);
            return;
        }

        if (head.HasExpired || subscription.PathFor(head.Type) is not { } path)
            await deadLetters.TakeAsync(message, head.HasExpired ? "expired" : "no route", lifetime.Aborted);
        else
            await DeliverAsync(message, body, head, path, lifetime);
    }

    private async Task DeliverAsync(BrokerMessage message, ReadOnlyMemory<byte> body, EventHead head, string path, Lifetime lifetime)
    {
        try
        {
            using var attempts = lifetime.ForAttempts();

            if (policy is null)
                await AttemptAsync(message, body, head, path, attempts.Lifetime.Aborted);
            else
                await policy.RunAsync(ct => AttemptAsync(message, body, head, path, ct), attempts.Lifetime);
        }
        // A stopping sidecar leaves the message to the next one: a stop is no reason for a dead letter. The component's deadline is one.
        catch (Exception e) when (!lifetime.Stopping.IsCancellationRequested)
        {
            await DeadLetterOrFailAsync(message, e, lifetime);
        }
    }

    private async Task AttemptAsync(BrokerMessage message, ReadOnlyMemory<byte> body, EventHead head, string path, CancellationToken ct)
    {
        using var span = tracing.Start("deliver", message.Topic, ActivityKind.Consumer, head.Traceparent, head.Tracestate);
        using var response = await app.DeliverAsync(
            path, body, Envelope.ContentType, message.PubSub, message.Metadata, span?.Id ?? head.Traceparent, head.Tracestate, ct);
        var status = (int)response.StatusCode;

        if (status == 404)
            await DropAsync(message, "the app answered 404", ct);
        else if (status is < 200 or > 299)
            throw new StatusException(status, $"{path} answered {status}");
        else
            await ActOnAsync(AppAnswer.Status(await response.Content.ReadAsByteArrayAsync(ct)), message, path, ct);
    }

    private async Task ActOnAsync(string status, BrokerMessage message, string path, CancellationToken ct)
    {
        if (status == "DROP")
            await DropAsync(message, "the app answered DROP", ct);
        else if (status is not ("" or "SUCCESS"))
            throw new InvalidOperationException($"{path} answered with status \"{status}\", which means: again");
    }

    private async Task DropAsync(BrokerMessage message, string reason, CancellationToken ct)
    {
        log.LogWarning("{Topic} at {Place}: dropped, {Reason}", message.Topic, message.Place, reason);
        await deadLetters.TakeAsync(message, reason, ct);
    }

    private async Task DeadLetterOrFailAsync(BrokerMessage message, Exception failure, Lifetime lifetime)
    {
        if (!deadLetters.Exist)
            throw new InvalidOperationException(failure.Message, failure);

        await deadLetters.TakeAsync(message, failure.Message, lifetime.Aborted);
    }
}
