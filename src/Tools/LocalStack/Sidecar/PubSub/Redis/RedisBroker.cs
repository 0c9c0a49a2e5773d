using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace ChatApp.LocalStack.Sidecar.PubSub.Redis;

/// <summary>Streams of a Redis server: a topic is a stream, an app a consumer group.</summary>
internal sealed class RedisBroker(string pubSub, RedisSettings settings, RedisConnection connection) : IBroker
{
    public const string Data = "data";
    public const string Metadata = "metadata";

    public bool DropsExpired => false;

    public IReadOnlyList<string> Ignored => settings.Ignored;

    public Task<Exception?[]> PublishAsync(
        IReadOnlyList<BrokerMessage> messages, IReadOnlyDictionary<string, string> requestMetadata, CancellationToken ct) =>
        DefaultBulkPublisher.PublishAsync(messages, PublishAsync, ct);

    public IBrokerConsumer Consume(IReadOnlyCollection<Subscriber> subscribers, ILogger log) => new RedisConsumer(
        pubSub, settings, connection, [.. subscribers.Select(subscriber => subscriber.Subscription.Topic)],
        DefaultBulkSubscriber.HandlerOf(subscribers), log);

    private async Task PublishAsync(BrokerMessage message, CancellationToken ct)
    {
        object[] entry = [message.Topic, .. Trim(), "*", Data, message.Data, Metadata, JsonSerializer.SerializeToUtf8Bytes(message.Metadata)];

        try
        {
            var redis = await connection.OpenAsync();
            await redis.ExecuteAsync("XADD", entry).WaitAsync(ct);
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            throw new BrokerException(e.Message, e);
        }
    }

    private object[] Trim()
    {
        if (settings.MaxLength > 0)
            return ["MAXLEN", "~", settings.MaxLength];

        var oldest = DateTimeOffset.UtcNow - settings.StreamLifetime;
        return settings.StreamLifetime > TimeSpan.Zero
            ? ["MINID", "~", string.Create(CultureInfo.InvariantCulture, $"{oldest.ToUnixTimeMilliseconds()}-1")]
            : [];
    }
}

/// <summary>A connection that is made when it is first needed, and made again by itself when it is lost.</summary>
internal sealed class RedisConnection(ConfigurationOptions options) : IDisposable
{
    private readonly Lazy<Task<ConnectionMultiplexer>> _multiplexer = new(() => ConnectionMultiplexer.ConnectAsync(options));

    public async Task<IDatabase> OpenAsync() => (await _multiplexer.Value).GetDatabase();

    public void Dispose()
    {
        if (_multiplexer is { IsValueCreated: true, Value.IsCompletedSuccessfully: true })
            _multiplexer.Value.Result.Dispose();
    }
}
