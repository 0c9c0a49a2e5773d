using System.Reflection;
using System.Runtime.InteropServices;

namespace ChatApp.LocalStack.Broker;

/// <summary>The mock cluster of the native library that the Confluent.Kafka package brings; the package itself does not expose it.</summary>
internal static partial class Librdkafka
{
    private const string Library = "librdkafka";

    public const int Producer = 0;

    /// <summary>The package brings three builds for Linux: one needs the system's SASL library, one is static, one is for musl.</summary>
    private static readonly string[] Builds = [Library, "centos8-librdkafka", "alpine-librdkafka"];

    static Librdkafka() => NativeLibrary.SetDllImportResolver(typeof(Librdkafka).Assembly, Load);

    private static nint Load(string name, Assembly assembly, DllImportSearchPath? path)
    {
        if (name == Library)
        {
            foreach (var build in Builds)
            {
                if (NativeLibrary.TryLoad(build, assembly, path, out var handle))
                    return handle;
            }
        }

        return 0;
    }

    [LibraryImport(Library, EntryPoint = "rd_kafka_conf_new")]
    public static partial nint ConfNew();

    [LibraryImport(Library, EntryPoint = "rd_kafka_conf_set", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int ConfSet(nint conf, string name, string value, nint error, nuint errorSize);

    [LibraryImport(Library, EntryPoint = "rd_kafka_new")]
    public static partial nint New(int type, nint conf, nint error, nuint errorSize);

    [LibraryImport(Library, EntryPoint = "rd_kafka_destroy")]
    public static partial void Destroy(nint handle);

    [LibraryImport(Library, EntryPoint = "rd_kafka_err2str")]
    public static partial nint Describe(int error);

    [LibraryImport(Library, EntryPoint = "rd_kafka_mock_cluster_new")]
    public static partial nint MockClusterNew(nint handle, int brokers);

    [LibraryImport(Library, EntryPoint = "rd_kafka_mock_cluster_destroy")]
    public static partial void MockClusterDestroy(nint cluster);

    [LibraryImport(Library, EntryPoint = "rd_kafka_mock_cluster_bootstraps")]
    public static partial nint MockClusterBootstraps(nint cluster);

    [LibraryImport(Library, EntryPoint = "rd_kafka_mock_topic_create", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int MockTopicCreate(nint cluster, string topic, int partitions, int replicas);

    [LibraryImport(Library, EntryPoint = "rd_kafka_mock_group_initial_rebalance_delay_ms")]
    public static partial void MockGroupInitialRebalanceDelay(nint cluster, int milliseconds);

    [LibraryImport(Library, EntryPoint = "rd_kafka_mock_broker_set_down")]
    public static partial int MockBrokerSetDown(nint cluster, int broker);

    [LibraryImport(Library, EntryPoint = "rd_kafka_mock_broker_set_up")]
    public static partial int MockBrokerSetUp(nint cluster, int broker);
}
