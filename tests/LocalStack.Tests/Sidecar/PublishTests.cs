using System.Net;
using System.Text;
using System.Text.Json;
using Dapr;
using Dapr.Client;
using Grpc.Core;

namespace ChatApp.LocalStack.Tests.Sidecar;

public sealed class PublishTests : IAsyncLifetime
{
    private TestApp _hearer = null!, _publisher = null!;
    private LocalSystem _system = null!;
    private DaprClient _dapr = null!;

    public async ValueTask InitializeAsync()
    {
        _hearer = await TestApp.HearingAsync("hearer", "orders");
        _publisher = await TestApp.SilentAsync("publisher");
        _system = await LocalSystem.StartAsync(new Plan
        {
            Apps = [_hearer, _publisher],
            PubSubMetadata = new() { ["publishingScopes"] = "publisher=orders,news" }
        });
        _dapr = _system.ClientOf(_publisher);
    }

    public ValueTask DisposeAsync() => _system.DisposeAsync();

    [Fact]
    public async Task A_payload_arrives_in_the_envelope_of_its_publisher()
    {
        await _dapr.PublishEventAsync("pubsub", "orders", new { Room = "r1" }, Limit.Token);

        var json = (await _hearer.NextAsync()).Json;
        Assert.Equal("r1", json.GetProperty("data").GetProperty("room").GetString());
        Assert.Equal("publisher", json.GetProperty("source").GetString());
        Assert.Equal("com.dapr.event.sent", json.GetProperty("type").GetString());
        Assert.Equal("1.0", json.GetProperty("specversion").GetString());
        Assert.Equal("application/json", json.GetProperty("datacontenttype").GetString());
        Assert.Equal("orders", json.GetProperty("topic").GetString());
        Assert.Equal("pubsub", json.GetProperty("pubsubname").GetString());
        Assert.True(Guid.TryParse(json.GetProperty("id").GetString(), out _));
        Assert.True(json.TryGetProperty("traceid", out _) && json.TryGetProperty("traceparent", out _) && json.TryGetProperty("tracestate", out _));
        Assert.True((DateTimeOffset.UtcNow - json.GetProperty("time").GetDateTimeOffset()).Duration() < TimeSpan.FromMinutes(1));
        Assert.False(json.TryGetProperty("subject", out _) || json.TryGetProperty("expiration", out _));
    }

    [Fact]
    public async Task Metadata_overrides_attributes_of_the_envelope()
    {
        await _dapr.PublishEventAsync("pubsub", "orders", new { a = 1 }, new Dictionary<string, string>
        {
            ["cloudevent.id"] = "my-id",
            ["cloudevent.type"] = "order.placed.v1",
            ["CloudEvent.Source"] = "me",
            ["cloudevent.subject"] = "s",
            ["ttlInSeconds"] = "60"
        }, Limit.Token);

        var json = (await _hearer.NextAsync()).Json;
        Assert.Equal("my-id", json.GetProperty("id").GetString());
        Assert.Equal("order.placed.v1", json.GetProperty("type").GetString());
        Assert.Equal("me", json.GetProperty("source").GetString());
        Assert.Equal("s", json.GetProperty("subject").GetString());
        Assert.True(json.GetProperty("expiration").GetDateTimeOffset() > DateTimeOffset.UtcNow);
    }

    [Fact]
    public async Task A_cloud_event_passes_with_what_it_lacks_added_but_never_an_id()
    {
        await _dapr.PublishEventAsync("pubsub", "orders",
            new CloudEvent<string>("hello") { Source = new Uri("urn:test"), Type = "t", Subject = "s" }, Limit.Token);

        var json = (await _hearer.NextAsync()).Json;
        Assert.Equal("hello", json.GetProperty("data").GetString());
        Assert.Equal("urn:test", json.GetProperty("source").GetString());
        Assert.Equal("1.0", json.GetProperty("specversion").GetString());
        Assert.Equal("orders", json.GetProperty("topic").GetString());
        Assert.False(json.TryGetProperty("id", out _));
    }

    [Theory]
    [InlineData("text/plain", "plain", "data", "plain")]
    [InlineData("application/octet-stream", "bytes", "data_base64", "Ynl0ZXM=")]
    [InlineData("application/json", "not json", "data", "not json")]
    [InlineData("application/vnd.x+json", "{}", "data", "{}")]
    public async Task The_content_type_decides_how_data_is_carried(string contentType, string data, string property, string expected)
    {
        await _dapr.PublishByteEventAsync("pubsub", "orders", Encoding.UTF8.GetBytes(data), contentType, cancellationToken: Limit.Token);

        var json = (await _hearer.NextAsync()).Json;
        Assert.Equal(expected, json.GetProperty(property).GetString());
        Assert.Equal(contentType, json.GetProperty("datacontenttype").GetString());
    }

    [Fact]
    public async Task No_data_is_an_empty_text()
    {
        await _dapr.PublishEventAsync("pubsub", "orders", Limit.Token);

        var json = (await _hearer.NextAsync()).Json;
        Assert.Equal("", json.GetProperty("data").GetString());
        Assert.Equal("text/plain", json.GetProperty("datacontenttype").GetString());
    }

    [Fact]
    public async Task Many_events_go_in_one_call()
    {
        var response = await _dapr.BulkPublishEventAsync("pubsub", "orders", ["a", "b", "c"], cancellationToken: Limit.Token);

        Assert.Empty(response.FailedEntries);
        Assert.Equal(["a", "b", "c"], (await _hearer.NextAsync(3)).Select(seen => seen.Data).Order());
    }

    [Theory]
    [InlineData("nowhere", "orders", StatusCode.InvalidArgument, "pubsub nowhere is not found")]
    [InlineData("pubsub", "secret", StatusCode.PermissionDenied, "topic secret is not allowed for app id publisher")]
    public async Task A_publish_that_cannot_be_done_says_why(string pubSub, string topic, StatusCode code, string text)
    {
        var error = await Assert.ThrowsAsync<DaprException>(() => _dapr.PublishEventAsync(pubSub, topic, "x", Limit.Token));

        var rpc = Assert.IsType<RpcException>(error.InnerException);
        Assert.Equal((code, text), (rpc.StatusCode, rpc.Status.Detail));
        Assert.NotNull(rpc.Trailers.GetValueBytes("grpc-status-details-bin"));
    }

    [Fact]
    public async Task More_than_four_mebibytes_are_refused()
    {
        var error = await Assert.ThrowsAsync<DaprException>(() =>
            _dapr.PublishByteEventAsync("pubsub", "orders", new byte[5 << 20], cancellationToken: Limit.Token));

        Assert.Equal(StatusCode.ResourceExhausted, Assert.IsType<RpcException>(error.InnerException).StatusCode);
    }

    [Fact]
    public async Task A_broker_that_is_down_fails_the_publish()
    {
        _system.Broker.SetDown();

        var error = await Assert.ThrowsAsync<DaprException>(() => _dapr.PublishEventAsync("pubsub", "orders", "x", Limit.Token));

        Assert.Equal(StatusCode.Internal, Assert.IsType<RpcException>(error.InnerException).StatusCode);
    }

    [Fact]
    public async Task Publishing_over_http_takes_content_type_and_metadata_from_the_request()
    {
        using var http = new HttpClient { BaseAddress = _system.HttpOf(_publisher) };

        using var response = await http.PostAsync("v1.0/publish/pubsub/orders?metadata.cloudevent.id=7",
            new StringContent("""{"a":1.50}""", Encoding.UTF8, "application/json"), Limit.Token);

        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        var json = (await _hearer.NextAsync()).Json;
        Assert.Equal("7", json.GetProperty("id").GetString());
        Assert.Equal("1.50", json.GetProperty("data").GetProperty("a").GetRawText());
    }

    [Fact]
    public async Task Raw_payloads_reach_the_broker_without_envelope()
    {
        await _dapr.PublishEventAsync("pubsub", "orders", new { id = "own" }, new Dictionary<string, string> { ["rawPayload"] = "true" }, Limit.Token);

        Assert.Equal("""{"id":"own"}""", Encoding.UTF8.GetString((await _hearer.NextAsync()).Body));
    }

    [Theory]
    [InlineData("v1.0/publish/nowhere/orders", 404, "ERR_PUBSUB_NOT_FOUND")]
    [InlineData("v1.0/publish/pubsub", 404, "ERR_TOPIC_NAME_EMPTY")]
    [InlineData("v1.0/publish/pubsub/secret", 403, "ERR_PUBSUB_FORBIDDEN")]
    [InlineData("v1.0/publish/pubsub/orders?metadata.rawPayload=maybe", 400, "ERR_PUBSUB_REQUEST_METADATA")]
    public async Task Errors_over_http_carry_code_and_details(string path, int status, string code)
    {
        using var http = new HttpClient { BaseAddress = _system.HttpOf(_publisher) };

        using var response = await http.PostAsync(path, new StringContent("x"), Limit.Token);

        var error = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Limit.Token)).RootElement;
        Assert.Equal((status, code), ((int)response.StatusCode, error.GetProperty("errorCode").GetString()));
        Assert.Equal("dapr.io", error.GetProperty("details")[0].GetProperty("domain").GetString());
    }

    [Fact]
    public async Task An_event_that_is_no_json_but_says_so_is_refused()
    {
        using var http = new HttpClient { BaseAddress = _system.HttpOf(_publisher) };

        using var response = await http.PostAsync("v1.0/publish/pubsub/orders",
            new StringContent("x", Encoding.UTF8, "application/cloudevents+json"), Limit.Token);

        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Contains("ERR_PUBSUB_CLOUD_EVENTS_SER", await response.Content.ReadAsStringAsync(Limit.Token), StringComparison.Ordinal);
    }
}
