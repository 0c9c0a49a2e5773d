using System.Globalization;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace ChatApp.LocalStack.Sidecar.PubSub.RabbitMq;

/// <summary>One channel for all that a component publishes. Publishes overlap; each ends when the server has confirmed it, if the component asks for that.</summary>
internal sealed class RabbitPublisher(RabbitSettings settings) : IDisposable
{
    private const int Attempts = 3;

    private readonly SemaphoreSlim _connecting = new(1);
    private Link? _link;

    public async Task PublishAsync(BrokerMessage message, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var link = await ConnectAsync(ct);
                await link.DeclareAsync(message.Topic, ct);
                await link.Channel.BasicPublishAsync(
                    message.Topic, message.Metadata.GetValueOrDefault("routingKey", ""), mandatory: false, Properties(message), message.Data, ct);
                return;
            }
            catch (Exception e) when (IsFailure(e) && !ct.IsCancellationRequested)
            {
                if (attempt == Attempts)
                    throw new BrokerException(e.Message, e);

                await Task.Delay(settings.ReconnectWait, ct);
            }
        }
    }

    public void Dispose() => _link?.Dispose();

    /// <summary>Whatever the client throws when the server, or the way to it, fails.</summary>
    public static bool IsFailure(Exception e) =>
        e is RabbitMQClientException or IOException or TimeoutException or ObjectDisposedException or OperationCanceledException;

    private async Task<Link> ConnectAsync(CancellationToken ct)
    {
        if (_link is { Channel.IsOpen: true } open)
            return open;

        await _connecting.WaitAsync(ct);
        try
        {
            if (_link is not { Channel.IsOpen: true })
            {
                _link?.Dispose();
                _link = null;
                _link = await Link.OpenAsync(settings, ct);
            }

            return _link;
        }
        finally
        {
            _connecting.Release();
        }
    }

    private BasicProperties Properties(BrokerMessage message)
    {
        var properties = new BasicProperties { ContentType = Given("contentType") ?? "text/plain", Persistent = settings.Persistent };

        if (Given("messageId") is { } messageId)
            properties.MessageId = messageId;
        if (Given("correlationId") is { } correlationId)
            properties.CorrelationId = correlationId;
        if (Given("type") is { } type)
            properties.Type = type;
        if (byte.TryParse(Given("priority"), out var priority))
            properties.Priority = priority;
        if (Lifetime() is { } lifetime)
            properties.Expiration = ((long)lifetime.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);

        return properties;

        TimeSpan? Lifetime() =>
            int.TryParse(Given("ttlInSeconds") ?? Given("ttl"), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds > 0
                ? TimeSpan.FromSeconds(seconds)
                : settings.MessageLifetime;

        string? Given(string name) => message.Metadata.FirstOrDefault(entry => entry.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;
    }

    /// <summary>A connection, its channel, and the exchanges that are known to be there as long as it lives.</summary>
    private sealed class Link(IConnection connection, IChannel channel, RabbitSettings settings) : IDisposable
    {
        private readonly SemaphoreSlim _declaring = new(1);
        private volatile HashSet<string> _declared = [];

        public IChannel Channel => channel;

        public static async Task<Link> OpenAsync(RabbitSettings settings, CancellationToken ct)
        {
            var connection = await settings.Connection.CreateConnectionAsync(ct);
            var channel = await connection.CreateChannelAsync(new CreateChannelOptions(settings.PublisherConfirm, settings.PublisherConfirm), ct);
            return new Link(connection, channel, settings);
        }

        public async Task DeclareAsync(string topic, CancellationToken ct)
        {
            if (_declared.Contains(topic))
                return;

            await _declaring.WaitAsync(ct);
            try
            {
                await RabbitConsumer.DeclareExchangeAsync(channel, topic, settings, ct);
                _declared = [.. _declared, topic];
            }
            finally
            {
                _declaring.Release();
            }
        }

        public void Dispose()
        {
            channel.Dispose();
            connection.Dispose();
        }
    }
}
