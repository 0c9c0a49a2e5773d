using System.Globalization;
using ChatApp.LocalStack.Sidecar.Policies;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace ChatApp.LocalStack.Sidecar.PubSub.RabbitMq;

/// <summary>An app's queues, one per topic, served side by side. When the connection ends, all of it is set up again.</summary>
internal sealed class RabbitConsumer : IBrokerConsumer
{
    private static readonly IReadOnlyDictionary<string, string> NoMetadata = new Dictionary<string, string>();
    private static readonly TimeSpan LastHandlerLimit = TimeSpan.FromSeconds(4);

    private readonly string _pubSub;
    private readonly RabbitSettings _settings;
    private readonly IReadOnlyCollection<AppSubscription> _subscriptions;
    private readonly Func<BrokerMessage, Lifetime, Task> _handle;
    private readonly ILogger _log;
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _abort = new();
    private readonly RunningTasks _atWork = new();
    private volatile IConnection? _connection;
    private readonly Task _run;

    public RabbitConsumer(
        string pubSub, RabbitSettings settings, IReadOnlyCollection<AppSubscription> subscriptions,
        Func<BrokerMessage, Lifetime, Task> handle, ILogger log)
    {
        (_pubSub, _settings, _subscriptions, _handle, _log) = (pubSub, settings, subscriptions, handle, log);
        _run = Task.Run(RunAsync);
    }

    public Task Ready => _ready.Task;

    public static Task DeclareExchangeAsync(IChannel channel, string topic, RabbitSettings settings, CancellationToken ct) =>
        channel.ExchangeDeclareAsync(topic, ExchangeType.Fanout, settings.Durable, settings.DeletedWhenUnused, cancellationToken: ct);

    /// <summary>What lies in the queues: the server counts what it has handed out, and is not acknowledged, elsewhere.</summary>
    public async Task<IReadOnlyList<Waiting>> WaitingAsync(CancellationToken ct)
    {
        if (_connection is not { IsOpen: true } connection)
            return [];

        try
        {
            await using var channel = await connection.CreateChannelAsync(cancellationToken: ct);
            var waiting = new List<Waiting>();
            foreach (var subscription in _subscriptions)
            {
                var count = await channel.MessageCountAsync(QueueOf(subscription), ct);
                waiting.Add(new Waiting(_pubSub, subscription.Topic, _settings.ConsumerId, null, count));
            }

            return waiting;
        }
        catch (Exception e) when (RabbitPublisher.IsFailure(e) || e is ObjectDisposedException)
        {
            return [];
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _abort.CancelAfter(LastHandlerLimit);
        await _run;
        _ready.TrySetCanceled();
        _stop.Dispose();
        _abort.Dispose();
    }

    private async Task RunAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await ConsumeAsync();
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (RabbitPublisher.IsFailure(e))
            {
                _log.LogWarning("RabbitMQ, consumer of {PubSub}: {Reason}; next attempt in {Delay}", _pubSub, e.Message, _settings.ReconnectWait);
                await Task.Delay(_settings.ReconnectWait, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Ends with an exception, be it that of the stop.</summary>
    private async Task ConsumeAsync()
    {
        await using var connection = await _settings.Connection.CreateConnectionAsync(_stop.Token);
        _connection = connection;
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        foreach (var subscription in _subscriptions)
        {
            var channel = await connection.CreateChannelAsync(cancellationToken: _stop.Token);
            channel.ChannelShutdownAsync += (_, reason) =>
            {
                ended.TrySetException(new IOException($"the channel of {subscription.Topic} was closed: {reason.ReplyText}"));
                return Task.CompletedTask;
            };
            await ConsumeAsync(channel, subscription);
        }

        _ready.TrySetResult();
        try
        {
            await ended.Task.WaitAsync(_stop.Token);
        }
        finally
        {
            // Their answers go over this connection, so it stays until they are done. What is left unanswered goes back into its queue.
            await _atWork.WhenAllAsync();
        }
    }

    private async Task ConsumeAsync(IChannel channel, AppSubscription subscription)
    {
        var arguments = _settings.QueueArguments();
        if (bool.TryParse(subscription.Metadata.GetValueOrDefault("singleActiveConsumer"), out var single) && single)
            arguments["x-single-active-consumer"] = true;

        var queue = QueueOf(subscription);
        await DeclareExchangeAsync(channel, subscription.Topic, _settings, _stop.Token);
        await channel.QueueDeclareAsync(
            queue, _settings.Durable, exclusive: false, autoDelete: _settings.DeletedWhenUnused, arguments, cancellationToken: _stop.Token);
        await channel.QueueBindAsync(queue, subscription.Topic, routingKey: "", cancellationToken: _stop.Token);
        if (_settings.PrefetchCount > 0)
            await channel.BasicQosAsync(0, _settings.PrefetchCount, global: false, _stop.Token);

        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += (_, delivery) =>
        {
            // The bytes are the client's own: they are good until this returns.
            var message = new BrokerMessage(
                _pubSub, subscription.Topic, delivery.Body.ToArray(), NoMetadata, delivery.DeliveryTag.ToString(CultureInfo.InvariantCulture));
            var handled = _atWork.Add(() => HandleAsync(channel, message, delivery.DeliveryTag));

            // The client delivers the next message of this queue when the task that it gets is done.
            return _settings.OneAtATime ? handled : Task.CompletedTask;
        };
        await channel.BasicConsumeAsync(queue, _settings.AutoAck, consumer, _stop.Token);
    }

    private string QueueOf(AppSubscription subscription) => $"{_settings.ConsumerId}-{subscription.Topic}";

    private async Task HandleAsync(IChannel channel, BrokerMessage message, ulong tag)
    {
        var lifetime = new Lifetime(_stop.Token, _abort.Token);
        if (lifetime.Stopping.IsCancellationRequested)
            return;

        try
        {
            await AnswerAsync(channel, tag, await TryAsync(message, lifetime));
        }
        catch (Exception e) when (RabbitPublisher.IsFailure(e))
        {
            _log.LogWarning("{PubSub}/{Topic} at {Place}: handled but not acknowledged, so it comes again: {Reason}",
                _pubSub, message.Topic, message.Place, e.Message);
        }
    }

    /// <summary>Null when a stop came in between.</summary>
    private async Task<bool?> TryAsync(BrokerMessage message, Lifetime lifetime)
    {
        try
        {
            await _handle(message, lifetime);
            return true;
        }
        catch (Exception e)
        {
            _log.LogWarning("{PubSub}/{Topic} at {Place}: {Reason}; {Then}", _pubSub, message.Topic, message.Place, e.Message,
                lifetime.Stopping.IsCancellationRequested || _settings.RequeueInFailure ? "it comes again" : "given up");
            return lifetime.Stopping.IsCancellationRequested ? null : false;
        }
    }

    private async Task AnswerAsync(IChannel channel, ulong tag, bool? success)
    {
        if (_settings.AutoAck || success is null)
            return;

        if (success.Value)
            await channel.BasicAckAsync(tag, multiple: false);
        else
            await channel.BasicNackAsync(tag, multiple: false, _settings.RequeueInFailure);
    }
}
