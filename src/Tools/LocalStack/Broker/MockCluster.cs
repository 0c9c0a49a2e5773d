using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace ChatApp.LocalStack.Broker;

/// <summary>
/// A one-broker Kafka cluster inside this process, on a free port of the loopback address. Nothing is kept on disk, and of each
/// partition it remembers the newest 5 MiB or 100,000 batches: enough to develop and test with, not to store anything in.
/// </summary>
internal sealed class MockCluster : IDisposable
{
    private const int AllBrokers = -1;
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(20);

    private readonly nint _handle;
    private nint _cluster;
    private Socket? _place;

    /// <param name="topics">How many partitions each topic has. Any other topic is made at its first use, with four.</param>
    public MockCluster(IReadOnlyDictionary<string, int> topics)
    {
        _handle = NewHandle();
        _cluster = Librdkafka.MockClusterNew(_handle, 1);
        Bootstrap = Marshal.PtrToStringUTF8(Librdkafka.MockClusterBootstraps(_cluster))!;

        // Three seconds by default, like a real broker: too long to wait for at every start.
        Librdkafka.MockGroupInitialRebalanceDelay(_cluster, 100);

        foreach (var (topic, partitions) in topics)
            Check(Awake(() => Librdkafka.MockTopicCreate(_cluster, topic, partitions, 1)), $"create topic {topic}");
    }

    /// <summary>host:port, for bootstrap.servers.</summary>
    public string Bootstrap { get; }

    /// <summary>Drops all connections and refuses new ones, keeping topics and offsets, until <see cref="SetUp"/>.</summary>
    public void SetDown()
    {
        Check(Awake(() => Librdkafka.MockBrokerSetDown(_cluster, AllBrokers)), "set down");

        // The cluster ends the process if somebody else has its port when it comes back.
        _place = new Socket(SocketType.Stream, ProtocolType.Tcp);
        _place.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        _place.Bind(IPEndPoint.Parse(Bootstrap));
    }

    public void SetUp()
    {
        _place?.Dispose();
        Check(Librdkafka.MockBrokerSetUp(_cluster, AllBrokers), "set up");
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _cluster, 0) is var cluster and not 0)
        {
            Awake(() =>
            {
                Librdkafka.MockClusterDestroy(cluster);
                return 0;
            });
            Librdkafka.Destroy(_handle);
            _place?.Dispose();
        }
    }

    private static nint NewHandle()
    {
        var conf = Librdkafka.ConfNew();
        // The cluster logs each connection that closes; only errors are of interest here.
        _ = Librdkafka.ConfSet(conf, "log_level", "3", 0, 0);
        var handle = Librdkafka.New(Librdkafka.Producer, conf, 0, 0);

        return handle != 0 ? handle : throw new InvalidOperationException("librdkafka could not be started.");
    }

    private static void Check(int error, string action)
    {
        if (error != 0)
            throw new InvalidOperationException($"Mock cluster, {action}: {Marshal.PtrToStringUTF8(Librdkafka.Describe(error))}");
    }

    /// <summary>The cluster's thread can miss a request that comes right after another, and then sleeps a second; a connection wakes it.</summary>
    private int Awake(Func<int> request)
    {
        var answer = Task.Run(request);
        var address = IPEndPoint.Parse(Bootstrap);

        while (!answer.Wait(Patience))
        {
            using var wake = new Socket(SocketType.Stream, ProtocolType.Tcp) { Blocking = false };

            try
            {
                wake.Connect(address);
            }
            catch (SocketException)
            {
                // Under way already.
            }
        }

        return answer.Result;
    }
}
