using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using ChatApp.LocalStack.Telemetry;
using Microsoft.AspNetCore.Builder;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace ChatApp.LocalStack.Tests.Telemetry;

/// <summary>What OpenTelemetry's own SDK sends is what can be read.</summary>
public sealed class TelemetryTests : IAsyncLifetime
{
    private const string Token = "token-of-the-tests";

    private readonly ActivitySource _source = new($"tests.{Guid.NewGuid()}");
    private readonly Meter _meter = new($"tests.{Guid.NewGuid()}");
    private readonly HttpClient _http = new();
    private WebApplication _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await TelemetryProcess.StartAsync(port: 0, Token);
        _http.BaseAddress = new Uri(_server.Urls.First());
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        _source.Dispose();
        _meter.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_trace_is_found_by_its_id_and_by_the_id_in_a_span()
    {
        var key = Guid.NewGuid();
        string trace, parent;
        using (var provider = Sdk.CreateTracerProviderBuilder().ConfigureResource(Describe).AddSource(_source.Name).AddOtlpExporter(ToServer("traces")).Build())
        {
            using var request = _source.StartActivity("request")!;
            (trace, parent) = (request.TraceId.ToHexString(), request.SpanId.ToHexString());
            using var step = _source.StartActivity("step")!;
            step.SetTag("key", key).SetTag("count", 3).SetTag("good", true).SetStatus(ActivityStatusCode.Error);
        }

        var byTrace = await TraceAsync(trace);
        Assert.Equal(["request", "step"], byTrace.Select(span => span.Name));
        Assert.All(byTrace, span => Assert.Equal(("service-of-the-tests", "one"), (span.Service, span.Instance)));
        Assert.Null(byTrace[0].ParentId);
        Assert.Equal(parent, byTrace[1].ParentId);
        Assert.Equal((false, true), (byTrace[0].Failed, byTrace[1].Failed));
        Assert.Equal(("3", "true"), (byTrace[1].Attributes["count"], byTrace[1].Attributes["good"]));
        Assert.True(byTrace[0].Start <= byTrace[1].Start && byTrace[1].End <= byTrace[0].End && byTrace[0].End > DateTimeOffset.UtcNow.AddMinutes(-1));
        Assert.Equal(byTrace.Select(span => span.SpanId), (await TraceAsync(key.ToString())).Select(span => span.SpanId));
        Assert.Empty(await TraceAsync("unknown"));
    }

    [Fact]
    public async Task What_was_done_for_several_at_once_belongs_to_each()
    {
        ActivityContext first, second;
        using (var provider = Sdk.CreateTracerProviderBuilder().AddSource(_source.Name).AddOtlpExporter(ToServer("traces")).Build())
        {
            (first, second) = (Request(), Request());
            using var batch = _source.StartActivity("batch", ActivityKind.Internal, first, links: [new ActivityLink(second)]);
        }

        foreach (var one in (ActivityContext[])[first, second])
            Assert.Equal(["batch", "request"], (await TraceAsync(one.TraceId.ToHexString())).Select(span => span.Name).Order());

        ActivityContext Request()
        {
            using var request = _source.StartActivity("request", ActivityKind.Server, default(ActivityContext))!;
            return request.Context;
        }
    }

    [Fact]
    public async Task The_last_value_of_each_metric_is_kept()
    {
        var waiting = 7L;
        _meter.CreateObservableGauge("waiting", () => new Measurement<long>(waiting, new KeyValuePair<string, object?>("topic", "news")));
        var sent = _meter.CreateCounter<long>("sent");
        var age = _meter.CreateHistogram<double>("age");
        using (var provider = Sdk.CreateMeterProviderBuilder().ConfigureResource(Describe).AddMeter(_meter.Name).AddOtlpExporter(ToServer("metrics")).Build())
        {
            sent.Add(1);
            age.Record(0.5);
            provider.ForceFlush();
            sent.Add(2);
            age.Record(1.5);
            waiting = 4;
        }

        var measurements = (await _http.GetFromJsonAsync<List<Measured>>("/metrics", Limit.Token))!.ToDictionary(measured => measured.Name);
        Assert.Equal((4d, "news", "service-of-the-tests"), (measurements["waiting"].Value, measurements["waiting"].Attributes["topic"], measurements["waiting"].Service));
        Assert.Equal(3, measurements["sent"].Value);
        Assert.Equal((2d, 2ul), (measurements["age"].Value, measurements["age"].Count));
    }

    [Fact]
    public async Task Strangers_and_garbage_are_refused()
    {
        using var stranger = new HttpClient { BaseAddress = _http.BaseAddress };
        Assert.Equal(HttpStatusCode.Unauthorized, (await stranger.GetAsync("/metrics", Limit.Token)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await stranger.PostAsync("/v1/traces", new ByteArrayContent([]), Limit.Token)).StatusCode);

        Assert.Equal(HttpStatusCode.BadRequest, (await _http.PostAsync("/v1/traces", new ByteArrayContent([0xff, 0xff]), Limit.Token)).StatusCode);
    }

    private static void Describe(ResourceBuilder resource) => resource.AddService("service-of-the-tests", serviceInstanceId: "one");

    private Action<OtlpExporterOptions> ToServer(string signal) => options =>
    {
        options.Endpoint = new Uri(_http.BaseAddress!, $"/v1/{signal}");
        options.Protocol = OtlpExportProtocol.HttpProtobuf;
        options.Headers = $"authorization=Bearer {Token}";
    };

    private async Task<IReadOnlyList<Span>> TraceAsync(string id) => (await _http.GetFromJsonAsync<List<Span>>($"/traces/{id}", Limit.Token))!;
}
