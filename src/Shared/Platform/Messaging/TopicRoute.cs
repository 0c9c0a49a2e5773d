using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ChatApp.Platform.Messaging;

/// <summary>Where the sidecar delivers the events of one topic.</summary>
internal sealed class TopicRoute(
    string topic, TopicHandlers handlers, IServiceProvider services, MessagingMetrics metrics, TimeProvider time, ILogger<TopicRoute> logger)
{
    /// <summary>Why an attempt failed is worth knowing, but no delay: the store may be what failed.</summary>
    private static readonly TimeSpan NoteLimit = TimeSpan.FromSeconds(1);

    private readonly IDeadLetterStore? _letters = services.GetService<IDeadLetterStore>();

    public async Task<IResult> HandleAsync(HttpRequest request, CancellationToken ct)
    {
        var started = Stopwatch.GetTimestamp();
        var body = await request.ReadBodyAsync(ct);
        try
        {
            if (handlers.Read(body) is { } read)
            {
                Activity.Current?.SetTag("messaging.destination.name", topic).SetTag("messaging.message.id", read.Id);
                await read.HandleAsync(ct);
                metrics.Aged(topic, read.Id);
            }

            metrics.Handled(topic, "handled", started);
            return TypedResults.Ok();
        }
        catch (UnreadableEventException exception)
        {
            logger.LogError("Dropped an event from {Path} that can't be read: {Reason}", request.Path, exception.Message);
            metrics.Handled(topic, "dropped", started);
            await NoteAsync(request, body, exception.Message);
            return TypedResults.Text("""{"status":"DROP"}""", "application/json");
        }
        catch (Exception exception)
        {
            metrics.Handled(topic, "failed", started);
            await NoteAsync(request, body, ct.IsCancellationRequested ? "The handler took longer than the sidecar waits." : $"{exception.GetType().Name}: {exception.Message}");
            throw;
        }
    }

    private async Task NoteAsync(HttpRequest request, byte[] body, string error)
    {
        if (_letters is null)
            return;

        try
        {
            using var limit = new CancellationTokenSource(NoteLimit);
            await _letters.FailedAsync(EventHead.Of(body, request.Headers, topic), error, time.GetUtcNow(), limit.Token);
        }
        catch (Exception exception)
        {
            logger.LogWarning("Why an event from {Path} failed can't be noted: {Reason}", request.Path, exception.Message);
        }
    }
}
