using System.Text.Json;
using StackExchange.Redis;

namespace ChatApp.LocalStack.Sidecar.PubSub.Redis;

/// <summary>A message in a stream.</summary>
internal sealed record RedisEntry(string Topic, string Id, byte[] Data, IReadOnlyDictionary<string, string> Metadata);

/// <summary>The commands of a consumer group. Its consumers all have its name, as in Dapr.</summary>
internal sealed class RedisGroup(string name, RedisConnection connection)
{
    private static readonly IReadOnlyDictionary<string, string> None = new Dictionary<string, string>();

    /// <summary>A group that is new begins with the first message that the stream has.</summary>
    public async Task CreateAsync(string topic)
    {
        try
        {
            await (await connection.OpenAsync()).ExecuteAsync("XGROUP", "CREATE", topic, name, "0", "MKSTREAM");
        }
        catch (RedisServerException e) when (e.Message.StartsWith("BUSYGROUP", StringComparison.Ordinal))
        {
            // It is there already.
        }
    }

    /// <summary>How many messages are not acknowledged, read or not.</summary>
    public async Task<long> WaitingAsync(string topic)
    {
        var groups = await (await connection.OpenAsync()).StreamGroupInfoAsync(topic);
        return groups.Where(group => group.Name == name).Sum(group => group.PendingMessageCount + (group.Lag ?? 0));
    }

    /// <summary>What no consumer of the group has read yet, after a wait for it if there is nothing.</summary>
    public async Task<IReadOnlyList<RedisEntry>> ReadAsync(IDatabase reader, IReadOnlyList<string> topics, int count, int blockMs)
    {
        var answer = await reader.ExecuteAsync(
            "XREADGROUP",
            ["GROUP", name, name, "COUNT", count, "BLOCK", blockMs, "STREAMS", .. topics, .. Enumerable.Repeat(">", topics.Count)]);

        return answer.IsNull ? [] : [.. Array(answer).SelectMany(stream => Entries((string)stream[0]!, stream[1]))];
    }

    /// <summary>What was read at least so long ago and is not acknowledged.</summary>
    public async Task<IReadOnlyList<RedisEntry>> ClaimAsync(string topic, TimeSpan unacknowledgedFor, int count)
    {
        var redis = await connection.OpenAsync();
        var pending = await redis.StreamPendingMessagesAsync(topic, name, count, RedisValue.Null);
        RedisValue[] due = [.. pending.Where(entry => entry.IdleTimeInMilliseconds >= unacknowledgedFor.TotalMilliseconds).Select(entry => entry.MessageId)];

        return due.Length == 0
            ? []
            : [.. Entries(topic, await redis.ExecuteAsync("XCLAIM", [topic, name, name, (long)unacknowledgedFor.TotalMilliseconds, .. due]))];
    }

    public async Task AcknowledgeAsync(RedisEntry entry) =>
        await (await connection.OpenAsync()).StreamAcknowledgeAsync(entry.Topic, name, entry.Id);

    // An entry that was trimmed in the meantime is null.
    private static IEnumerable<RedisEntry> Entries(string topic, RedisResult answer) =>
        Array(answer).Where(entry => !entry.IsNull && !entry[1].IsNull).Select(entry => Entry(topic, entry));

    private static RedisEntry Entry(string topic, RedisResult entry)
    {
        var fields = Array(entry[1]).Chunk(2).ToDictionary(field => (string)field[0]!, field => (byte[])field[1]!);

        return new RedisEntry(topic, (string)entry[0]!, fields.GetValueOrDefault(RedisBroker.Data, []), Metadata(fields));
    }

    private static IReadOnlyDictionary<string, string> Metadata(Dictionary<string, byte[]> fields)
    {
        try
        {
            return fields.TryGetValue(RedisBroker.Metadata, out var json) ? JsonSerializer.Deserialize<Dictionary<string, string>>(json) ?? None : None;
        }
        catch (JsonException)
        {
            return None;
        }
    }

    private static RedisResult[] Array(RedisResult result) => (RedisResult[]?)result ?? [];
}
