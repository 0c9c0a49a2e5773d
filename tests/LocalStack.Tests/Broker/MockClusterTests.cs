using System.Diagnostics;
using ChatApp.LocalStack.Broker;
using Confluent.Kafka;

namespace ChatApp.LocalStack.Tests.Broker;

public sealed class MockClusterTests
{
    [Fact]
    public void Topics_have_the_partitions_that_were_asked_for()
    {
        using var cluster = new MockCluster(new Dictionary<string, int> { ["a"] = 8, ["b"] = 1 });
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = cluster.Bootstrap }).Build();

        var topics = admin.GetMetadata(TimeSpan.FromSeconds(10)).Topics.ToDictionary(topic => topic.Topic, topic => topic.Partitions.Count);

        Assert.Equal(8, topics["a"]);
        Assert.Equal(1, topics["b"]);
    }

    [Fact]
    public async Task What_was_published_survives_an_outage_of_the_broker()
    {
        using var cluster = new MockCluster(new Dictionary<string, int> { ["a"] = 1 });
        using var producer = new ProducerBuilder<Null, string>(new ProducerConfig { BootstrapServers = cluster.Bootstrap }).Build();
        await producer.ProduceAsync("a", new Message<Null, string> { Value = "before" }, Limit.Token);

        cluster.SetDown();
        cluster.SetUp();

        using var consumer = new ConsumerBuilder<Ignore, string>(new ConsumerConfig
        {
            BootstrapServers = cluster.Bootstrap,
            GroupId = "g",
            AutoOffsetReset = AutoOffsetReset.Earliest
        }).Build();
        consumer.Subscribe("a");

        Assert.Equal("before", consumer.Consume(Limit.Time)?.Message.Value);
    }

    [Fact]
    public async Task The_process_writes_its_address_once_it_can_be_reached()
    {
        var file = Path.GetTempFileName();
        File.Delete(file);
        using var process = Process.Start(new ProcessStartInfo("dotnet")
        {
            ArgumentList = { typeof(MockCluster).Assembly.Location, "broker", "--topics", "a:3", "--address-file", file },
            RedirectStandardOutput = true
        })!;

        try
        {
            await Limit.UntilAsync(() => File.Exists(file));
            using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = await File.ReadAllTextAsync(file, Limit.Token) }).Build();

            Assert.Equal(3, admin.GetMetadata("a", TimeSpan.FromSeconds(10)).Topics.Single().Partitions.Count);
        }
        finally
        {
            process.Kill();
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("--topics", "a")]
    [InlineData("--topics", "a:0")]
    [InlineData("--port", "9092")]
    public async Task An_argument_that_cannot_be_understood_stops_the_start(params string[] args) =>
        Assert.Equal(2, await BrokerProcess.RunAsync(args));
}
