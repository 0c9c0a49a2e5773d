using System.Globalization;
using System.Runtime.InteropServices;

namespace ChatApp.LocalStack.Broker;

/// <summary>
/// A Kafka broker for development and tests: librdkafka's own mock cluster, in a process of its own. Its port is always a free one;
/// the address goes to standard output and, once connections are accepted, into the address file.
/// SIGUSR1 takes the broker down, SIGUSR2 brings it back with everything it knew.
/// </summary>
internal static class BrokerProcess
{
    private const PosixSignal Down = (PosixSignal)10;
    private const PosixSignal Up = (PosixSignal)12;

    public static async Task<int> RunAsync(string[] args)
    {
        if (Arguments.Parse(args) is not { } arguments)
        {
            await Console.Error.WriteLineAsync("usage: broker [--topics name:partitions,...] [--address-file path]");
            return 2;
        }

        using var cluster = new MockCluster(arguments.Topics);
        using var down = PosixSignalRegistration.Create(Down, context => Handle(context, cluster.SetDown));
        using var up = PosixSignalRegistration.Create(Up, context => Handle(context, cluster.SetUp));

        if (arguments.AddressFile is { } path)
            WriteWhole(path, cluster.Bootstrap);

        Console.WriteLine($"Kafka (mock cluster) listens on {cluster.Bootstrap}");
        await StopSignal.WaitAsync();
        return 0;
    }

    private static void Handle(PosixSignalContext context, Action action)
    {
        context.Cancel = true;
        action();
    }

    /// <summary>A reader that polls for the file never sees half of it.</summary>
    private static void WriteWhole(string path, string text)
    {
        File.WriteAllText(path + ".new", text);
        File.Move(path + ".new", path, overwrite: true);
    }

    private sealed record Arguments(Dictionary<string, int> Topics, string? AddressFile)
    {
        public static Arguments? Parse(string[] args)
        {
            var parsed = new Arguments([], null);

            for (var i = 0; i < args.Length; i += 2)
            {
                switch (args[i..Math.Min(i + 2, args.Length)])
                {
                    case ["--topics", var list] when TryReadTopics(list, parsed.Topics):
                        break;
                    case ["--address-file", var path]:
                        parsed = parsed with { AddressFile = path };
                        break;
                    default:
                        return null;
                }
            }

            return parsed;
        }

        private static bool TryReadTopics(string list, Dictionary<string, int> topics)
        {
            foreach (var entry in list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            {
                if (entry.Split(':') is not [var name, var count]
                    || !int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var partitions)
                    || partitions < 1)
                    return false;

                topics[name] = partitions;
            }

            return true;
        }
    }
}
