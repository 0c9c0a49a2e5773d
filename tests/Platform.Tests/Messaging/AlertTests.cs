using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using ChatApp.Platform.Messaging;
using ChatApp.Testing;

namespace ChatApp.Platform.Tests.Messaging;

public sealed partial class AlertTests
{
    [Fact]
    public async Task Every_metric_that_an_alert_or_the_handbook_names_is_there_and_the_other_way_round()
    {
        await using var sidecar = await TestSidecar.StartAsync();
        await using var host = await PlatformHost.StartAsync(sidecar);
        _ = host.Get<MessagingMetrics>();
        HashSet<string> names = [], exported = [];
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter.Name == MessagingMetrics.MeterName && instrument.Meter.Scope == host.Get<IMeterFactory>())
                {
                    names.Add(instrument.Name);
                    exported.UnionWith(Exported(instrument));
                }
            },
        };
        listener.Start();

        var alerts = Metric().Matches(Read("deploy/observability/alerts.yaml")).Select(metric => metric.Value).ToHashSet();
        Assert.Contains("chatapp_deadletters_waiting", alerts);
        Assert.Subset(exported, alerts);
        var handbook = Read("docs/operations.md");
        Assert.All(names, name => Assert.Contains($"`{name}`", handbook, StringComparison.Ordinal));
        Assert.Subset(names, Named().Matches(handbook).Select(name => name.Groups[1].Value).ToHashSet());
    }

    /// <summary>The names that OpenTelemetry's rules make of an instrument for Prometheus.</summary>
    private static IEnumerable<string> Exported(Instrument instrument)
    {
        var name = instrument.Name.Replace('.', '_') + (instrument.Unit == "s" ? "_seconds" : "");
        return instrument switch
        {
            Histogram<double> => [$"{name}_count", $"{name}_sum", $"{name}_bucket"],
            Counter<long> => [$"{name}_total"],
            _ => [name],
        };
    }

    private static string Read(string path)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "ChatApp.sln")))
            folder = folder.Parent!;
        return File.ReadAllText(Path.Combine(folder.FullName, path));
    }

    [GeneratedRegex(@"\bchatapp_[a-z_]+")]
    private static partial Regex Metric();

    [GeneratedRegex(@"`(chatapp\.[a-z.]+)`")]
    private static partial Regex Named();
}
