using ChatApp.LocalStack.Broker;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using StackExchange.Redis;

namespace ChatApp.LocalStack.Tests.Broker;

public sealed class BrokerServerTests(BrokerServers servers)
{
    [Fact]
    public async Task What_redis_acknowledged_is_there_after_a_crash_and_after_a_stop()
    {
        await using var server = await TestServer.StartAsync("redis");

        await WithRedisAsync(server, redis => redis.StringSetAsync("one", 1));
        await server.KillAsync();
        await server.StartAsync();
        await WithRedisAsync(server, redis => redis.StringSetAsync("two", 2));
        await server.StopAsync();
        await server.StartAsync();

        await WithRedisAsync(server, async redis => Assert.Equal((1, 2), ((int)await redis.StringGetAsync("one"), (int)await redis.StringGetAsync("two"))));
    }

    [Fact]
    public async Task Redis_lets_nobody_in_without_the_password()
    {
        var server = await servers.Of("redis");

        await Assert.ThrowsAnyAsync<RedisException>(
            () => ConnectionMultiplexer.ConnectAsync(new ConfigurationOptions { EndPoints = { server.Environment["REDIS_HOST"] }, ConnectTimeout = 1000 }));
    }

    [Fact]
    public async Task Rabbitmq_has_one_user_and_its_password_counts()
    {
        var address = new UriBuilder((await servers.Of("rabbitmq")).Environment["RABBITMQ_URL"]);

        foreach (var (user, password) in new[] { ("guest", "guest"), (RabbitServer.User, "guess") })
        {
            (address.UserName, address.Password) = (user, password);
            var refused = await Assert.ThrowsAsync<BrokerUnreachableException>(
                () => new ConnectionFactory { Uri = address.Uri }.CreateConnectionAsync(Limit.Token));
            Assert.IsType<AuthenticationFailureException>(refused.InnerException, exactMatch: false);
        }
    }

    private static async Task WithRedisAsync(TestServer server, Func<IDatabase, Task> act)
    {
        await using var redis = await ConnectionMultiplexer.ConnectAsync(
            new ConfigurationOptions { EndPoints = { server.Environment["REDIS_HOST"] }, Password = server.Environment["REDIS_PASSWORD"] });
        await act(redis.GetDatabase());
    }
}
