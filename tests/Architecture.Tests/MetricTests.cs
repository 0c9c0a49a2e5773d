using System.Diagnostics.Metrics;
using System.Text.Json;
using System.Text.RegularExpressions;
using ChatApp.Platform.Messaging;
using ChatApp.Platform.Telemetry;

namespace ChatApp.Architecture.Tests;

/// <summary>Alerts and dashboards are made from metrics that exist, and the handbook has all of ours.</summary>
public sealed partial class MetricTests : IClassFixture<RunningServices>
{
    private readonly HashSet<string> _own = [];
    private readonly HashSet<string> _exported = [];

    public MetricTests(RunningServices services)
    {
        Assert.Equal(5, services.All.Count);
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (!ServiceTelemetry.Meters.Contains(instrument.Meter.Name))
                    return;

                _exported.UnionWith(Exported(instrument));
                if (instrument.Meter.Name == MessagingMetrics.MeterName && instrument.Name.StartsWith("chatapp.", StringComparison.Ordinal))
                    _own.Add(instrument.Name);
            },
        };
        listener.Start();
    }

    [Fact]
    public void The_handbook_has_every_metric_of_ours_and_no_other()
    {
        var handbook = Read("docs/operations.md");
        Assert.All(_own, name => Assert.Contains($"`{name}`", handbook, StringComparison.Ordinal));
        Assert.Subset(_own, Named().Matches(handbook).Select(name => name.Groups[1].Value).ToHashSet());
    }

    [Fact]
    public void Every_metric_that_an_alert_names_is_there()
    {
        var alerts = Metrics(Read("deploy/observability/alerts.yaml")).ToHashSet();

        Assert.Contains("chatapp_deadletters_waiting", alerts);
        Assert.Empty(alerts.Except(_exported));
    }

    [Fact]
    public void Every_metric_that_a_dashboard_shows_is_there()
    {
        foreach (var file in Directory.GetFiles(Path.Combine(Repository.Root, "deploy", "observability", "dashboards"), "*.json"))
        {
            var panels = JsonSerializer.Deserialize<JsonElement>(File.ReadAllText(file)).GetProperty("panels").EnumerateArray().ToList();
            var shown = panels.Where(panel => panel.TryGetProperty("targets", out _)).SelectMany(panel => panel.GetProperty("targets").EnumerateArray())
                .SelectMany(target => Metrics(target.GetProperty("expr").GetString()!)).ToHashSet();

            Assert.Equal(panels.Count, panels.Select(panel => panel.GetProperty("id").GetInt32()).Distinct().Count());
            Assert.Empty(shown.Except(_exported));
            // All of ours have a place, histograms by one of their three.
            Assert.All(_own.Select(name => name.Replace('.', '_')), name => Assert.Contains(shown, metric => metric.StartsWith(name, StringComparison.Ordinal)));
        }
    }

    /// <summary>The names that OpenTelemetry's rules make of an instrument for Prometheus.</summary>
    private static IEnumerable<string> Exported(Instrument instrument)
    {
        var name = instrument.Name.Replace('.', '_') + instrument.Unit switch { "s" => "_seconds", "By" => "_bytes", _ => "" };
        return instrument switch
        {
            Histogram<double> => [$"{name}_count", $"{name}_sum", $"{name}_bucket"],
            Counter<long> or ObservableCounter<long> or ObservableCounter<double> => [$"{name}_total"],
            _ => [name],
        };
    }

    private static IEnumerable<string> Metrics(string promQl) => Metric().Matches(Labels().Replace(promQl, "")).Select(metric => metric.Value);

    private static string Read(string path) => File.ReadAllText(Path.Combine(Repository.Root, path));

    [GeneratedRegex(@"\b(chatapp|http_server|db_client|dotnet|kestrel)_[a-z_]+(?=[{\[) ]|$)", RegexOptions.Multiline)]
    private static partial Regex Metric();

    [GeneratedRegex(@"\bby \([^)]*\)")]
    private static partial Regex Labels();

    [GeneratedRegex(@"`(chatapp\.[a-z.]+)`")]
    private static partial Regex Named();
}
