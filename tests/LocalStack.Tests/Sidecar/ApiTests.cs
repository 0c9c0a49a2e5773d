using System.Net;
using System.Text.Json;
using Dapr;
using Dapr.Client;
using Grpc.Core;
using Grpc.Net.Client;

namespace ChatApp.LocalStack.Tests.Sidecar;

public sealed class ApiTests : IAsyncLifetime
{
    private TestApp _app = null!;
    private LocalSystem _system = null!;
    private DaprClient _dapr = null!;

    public async ValueTask InitializeAsync()
    {
        _app = await TestApp.HearingAsync("app", "single");
        _system = await LocalSystem.StartAsync(new Plan
        {
            Apps = [_app],
            Environment = { ["DAPR_API_TOKEN"] = "token", ["APP_API_TOKEN"] = "hidden", ["ALLOWED"] = "value", ["DENIED"] = "value" },
            Resources =
            [
                """
                apiVersion: dapr.io/v1alpha1
                kind: Component
                metadata: { name: environment }
                spec: { type: secretstores.local.env, version: v1 }
                """
            ],
            Configuration =
                """
                apiVersion: dapr.io/v1alpha1
                kind: Configuration
                metadata: { name: c }
                spec:
                  tracing: { samplingRate: "1" }
                  secrets: { scopes: [ { storeName: environment, deniedSecrets: [DENIED] } ] }
                """
        });
        _dapr = _system.ClientOf(_app);
    }

    public ValueTask DisposeAsync() => _system.DisposeAsync();

    [Fact]
    public async Task Health_needs_no_token_and_everything_else_does()
    {
        using var http = new HttpClient { BaseAddress = _system.HttpOf(_app) };

        Assert.True(await _dapr.CheckHealthAsync(Limit.Token) && await _dapr.CheckOutboundHealthAsync(Limit.Token));
        await _dapr.WaitForSidecarAsync(Limit.Token);
        Assert.Equal(HttpStatusCode.NoContent, (await http.GetAsync("v1.0/healthz?appid=app", Limit.Token)).StatusCode);
        Assert.Contains("ERR_HEALTH_APPID_NOT_MATCH",
            await (await http.GetAsync("v1.0/healthz?appid=other", Limit.Token)).Content.ReadAsStringAsync(Limit.Token), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.GetAsync("v1.0/metadata", Limit.Token)).StatusCode);

        using var anonymous = new DaprClientBuilder().UseGrpcEndpoint($"http://127.0.0.1:{_system.SidecarOf(_app).GrpcPort}").Build();
        var error = await Assert.ThrowsAsync<DaprException>(() => anonymous.GetMetadataAsync(Limit.Token));
        Assert.Equal(StatusCode.Unauthenticated, Assert.IsType<RpcException>(error.InnerException).StatusCode);
    }

    [Fact]
    public async Task Metadata_names_components_and_what_was_added()
    {
        await _dapr.SetMetadataAsync("colour", "blue", Limit.Token);

        var metadata = await _dapr.GetMetadataAsync(Limit.Token);

        Assert.Equal("app", metadata.Id);
        Assert.Equal("blue", metadata.Extended["colour"]);
        Assert.Contains(metadata.Components, component => component is { Name: "pubsub", Type: "pubsub.kafka" });
    }

    [Fact]
    public async Task Secrets_are_read_from_the_environment_within_their_scope()
    {
        Assert.Equal("value", (await _dapr.GetSecretAsync("environment", "ALLOWED", cancellationToken: Limit.Token))["ALLOWED"]);
        Assert.Equal("", (await _dapr.GetSecretAsync("environment", "MISSING", cancellationToken: Limit.Token))["MISSING"]);
        Assert.Equal("", (await _dapr.GetSecretAsync("environment", "APP_API_TOKEN", cancellationToken: Limit.Token))["APP_API_TOKEN"]);

        var all = await _dapr.GetBulkSecretAsync("environment", cancellationToken: Limit.Token);
        Assert.Equal("value", all["ALLOWED"]["ALLOWED"]);
        Assert.False(all.ContainsKey("DENIED") || all.ContainsKey("APP_API_TOKEN") || all.ContainsKey("DAPR_API_TOKEN"));
    }

    [Theory]
    [InlineData("environment", "DENIED", StatusCode.PermissionDenied, 403, "ERR_PERMISSION_DENIED")]
    [InlineData("unknown", "x", StatusCode.InvalidArgument, 401, "ERR_SECRET_STORE_NOT_FOUND")]
    public async Task A_secret_that_cannot_be_had_says_why(string store, string key, StatusCode grpc, int http, string code)
    {
        var error = await Assert.ThrowsAsync<DaprException>(() => _dapr.GetSecretAsync(store, key, cancellationToken: Limit.Token));
        Assert.Equal(grpc, Assert.IsType<RpcException>(error.InnerException).StatusCode);

        using var client = new HttpClient { BaseAddress = _system.HttpOf(_app), DefaultRequestHeaders = { { "dapr-api-token", "token" } } };
        using var response = await client.GetAsync($"v1.0/secrets/{store}/{key}", Limit.Token);
        var body = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Limit.Token)).RootElement;
        Assert.Equal((http, code), ((int)response.StatusCode, body.GetProperty("errorCode").GetString()));
    }

    [Fact]
    public async Task A_method_that_is_not_there_is_unimplemented_at_once()
    {
        using var channel = GrpcChannel.ForAddress($"http://127.0.0.1:{_system.SidecarOf(_app).GrpcPort}");
        var dapr = new Dapr.Client.Autogen.Grpc.v1.Dapr.DaprClient(channel);

        var error = await Assert.ThrowsAsync<RpcException>(async () => await dapr.GetStateAsync(
            new Dapr.Client.Autogen.Grpc.v1.GetStateRequest(), new Metadata { { "dapr-api-token", "token" } }, cancellationToken: Limit.Token));

        Assert.Equal(StatusCode.Unimplemented, error.StatusCode);
    }

    [Fact]
    public async Task An_event_without_a_trace_gets_one_when_traces_are_sampled()
    {
        await _dapr.PublishEventAsync("pubsub", "single", "x", Limit.Token);

        Assert.Matches("^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$", (await _app.NextAsync()).Json.GetProperty("traceparent").GetString());
    }

    [Fact]
    public async Task A_sidecar_stops_when_it_is_asked_to()
    {
        await _dapr.ShutdownSidecarAsync(Limit.Token);

        await _system.Host.WhenAllStoppedAsync().WaitAsync(Limit.Time, Limit.Token);
        Assert.False(await _dapr.CheckOutboundHealthAsync(Limit.Token));
    }
}
