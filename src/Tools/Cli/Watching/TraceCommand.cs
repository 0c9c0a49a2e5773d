using System.CommandLine;
using System.Globalization;
using ChatApp.LocalStack.Launch;
using ChatApp.LocalStack.Telemetry;
using Spectre.Console;

namespace ChatApp.Cli.Watching;

/// <summary><c>chat trace ID</c>: the way of one message (or any other request) through the system, with times.</summary>
internal static class TraceCommand
{

    public static Command Create(StackOptions options)
    {
        var id = new Argument<string>("id") { Description = "A message's clientMessageId, an event's id, or the traceId of a problem." };
        var json = new Option<bool>("--json") { Description = "Print one JSON document." };
        var command = new Command("trace", "Show the way of one message through the running system.") { id, json };
        command.SetAction(async (arguments, ct) =>
        {
            using var telemetry = TelemetryClient.Find(options) ?? throw new LaunchException(
                "there is nothing to look at: start the system with `./chat up`, without OTEL_EXPORTER_OTLP_ENDPOINT, which sends its traces elsewhere.");
            var wanted = Plain(arguments.GetRequiredValue(id).ToLowerInvariant());
            var spans = await FindAsync(telemetry, wanted, ct);
            if (spans.Count == 0)
                throw new LaunchException($"no trace of {wanted} is known. The newest 50,000 spans are kept until `./chat down`.");

            if (arguments.GetValue(json))
                Say.Json(spans);
            else
                Show(spans);
            return 0;
        });
        return command;
    }

    /// <summary>A problem document's traceId is a W3C traceparent: version, trace, span and flags.</summary>
    private static string Plain(string id) => id.Split('-') is [{ Length: 2 }, { Length: 32 } trace, { Length: 16 }, { Length: 2 }] ? trace : id;

    private static async Task<IReadOnlyList<Span>> FindAsync(TelemetryClient telemetry, string id, CancellationToken ct)
    {
        try
        {
            return await telemetry.TraceAsync(id, ct);
        }
        catch (HttpRequestException exception)
        {
            throw new LaunchException($"the telemetry of the running system does not answer ({exception.Message}): `./chat status` shows what runs.", exception);
        }
    }

    private static void Show(IReadOnlyList<Span> spans)
    {
        var began = spans[0].Start;
        var table = new Table().Border(TableBorder.Simple).AddColumns("at ms", "took ms", "service", "step");
        table.Columns[0].RightAligned();
        table.Columns[1].RightAligned();
        foreach (var (span, depth) in Tree(spans))
        {
            table.AddRow(
                Milliseconds(span.Start - began),
                Milliseconds(span.End - span.Start),
                Markup.Escape(span.Service == "sidecar" ? $"sidecar of {span.Attributes.GetValueOrDefault("dapr.app_id", "?")}" : span.Service),
                Markup.Escape($"{new string(' ', depth * 2)}{span.Name}{(span.Failed ? "  FAILED" : "")}"));
        }

        AnsiConsole.Write(table);
        Console.WriteLine($"trace {spans[0].TraceId}: {spans.Count} spans, {Milliseconds(spans.Max(span => span.End) - began)} ms");
    }

    /// <summary>Each span behind its parent, children in the order in which they began.</summary>
    private static IEnumerable<(Span Span, int Depth)> Tree(IReadOnlyList<Span> spans)
    {
        var known = spans.Select(span => span.SpanId).ToHashSet();
        var children = spans.ToLookup(span => span.ParentId is { } parent && known.Contains(parent) ? parent : "");
        return Below("", 0);

        IEnumerable<(Span, int)> Below(string parent, int depth) =>
            children[parent].SelectMany(span => Below(span.SpanId, depth + 1).Prepend((span, depth)));
    }

    private static string Milliseconds(TimeSpan time) => time.TotalMilliseconds.ToString("0.0", CultureInfo.InvariantCulture);
}
