using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Dapr.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace ChatApp.LocalStack.Tests.Sidecar;

public sealed class InvokeTests : IAsyncLifetime
{
    private const string Token = "api-token";

    private readonly TaskCompletionSource _goOn = new();
    private TestApp _caller = null!, _callee = null!, _closed = null!;
    private LocalSystem _system = null!;
    private HttpClient _client = null!, _http = null!;

    public async ValueTask InitializeAsync()
    {
        _caller = await TestApp.StartAsync("caller", Record);
        _closed = await TestApp.SilentAsync("closed");
        _callee = await TestApp.StartAsync("callee", (web, test) =>
        {
            web.MapGet("/stream", StreamAsync);
            web.MapPost("/echo", async context => await context.Request.Body.CopyToAsync(context.Response.Body));
            Record(web, test);
        });
        _system = await LocalSystem.StartAsync(new Plan
        {
            Apps = [_caller, _callee, _closed],
            Environment = { ["DAPR_API_TOKEN"] = Token, ["APP_API_TOKEN"] = "app-token" },
            Resources =
            [
                """
                apiVersion: dapr.io/v1alpha1
                kind: Resiliency
                metadata: { name: r }
                spec:
                  policies:
                    retries: { few: { policy: constant, duration: 10ms, maxRetries: 2, matching: { httpStatusCodes: "503" } } }
                    timeouts: { short: 300ms }
                    circuitBreakers: { cb: { trip: consecutiveFailures > 1, timeout: 60s } }
                  targets: { apps: { callee: { retry: few }, caller: { timeout: short, circuitBreaker: cb } } }
                """
            ]
        });
        _client = DaprClient.CreateInvokeHttpClient("callee", _system.HttpOf(_caller).ToString(), Token);
        _http = new HttpClient { BaseAddress = _system.HttpOf(_caller), DefaultRequestHeaders = { { "dapr-api-token", Token } } };
    }

    private static void Record(WebApplication web, TestApp test)
    {
        web.Map("/dapr/{**path}", () => Results.NotFound());
        web.MapFallback((Delegate)test.RecordAsync);
    }

    public async ValueTask DisposeAsync()
    {
        _goOn.TrySetResult();
        _client.Dispose();
        _http.Dispose();
        await _system.DisposeAsync();
    }

    [Fact]
    public async Task A_call_reaches_the_app_with_the_headers_of_both_sidecars()
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, "/rooms/1?q=a%20b&q=c") { Content = JsonContent.Create(new { a = 1 }) };
        request.Headers.Add("x-own", ["1", "2"]);
        request.Headers.Add("grpc-x", "g");
        request.Headers.Add("some-bin", "b");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", "jwt");
        request.Headers.TryAddWithoutValidation("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");

        using var response = await _client.SendAsync(request, Limit.Token);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var seen = await _callee.NextAsync();
        Assert.Equal(("PUT", "/rooms/1?q=a%20b&q=c"), (seen.Method, seen.PathAndQuery));
        Assert.Equal("""{"a":1}""", Encoding.UTF8.GetString(seen.Body));
        Assert.Equal("caller", seen.Headers["dapr-caller-app-id"]);
        Assert.Equal("callee", seen.Headers["dapr-callee-app-id"]);
        Assert.Equal("default", seen.Headers["dapr-caller-namespace"]);
        Assert.Equal("app-token", seen.Headers["dapr-api-token"]);
        Assert.Equal("Bearer jwt", seen.Headers.Authorization);
        Assert.Equal("1,2", string.Join(',', seen.Headers["x-own"].SelectMany(value => value!.Split(", "))));
        Assert.Equal("g", seen.Headers["dapr-grpc-x"]);
        Assert.False(seen.Headers.ContainsKey("some-bin") || seen.Headers.ContainsKey("grpc-x"));
        Assert.Equal("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", seen.Headers.TraceParent);
        Assert.Equal($"127.0.0.1:{_callee.Port}", seen.Headers.Host);
        Assert.Contains("127.0.0.1", seen.Headers["X-Forwarded-For"].ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a%2Fb", "/a/b")]
    [InlineData("a//b/", "/a/b")]
    [InlineData("a/./b/../c", "/a/c")]
    [InlineData("a%20b/%C3%BC", "/a b/ü")]
    [InlineData("100%25", "/100%")]
    [InlineData("", "/")]
    public async Task Paths_are_decoded_and_cleaned(string path, string expected)
    {
        using var raw = new HttpRequestMessage(HttpMethod.Get, new Uri(
            _http.BaseAddress + "v1.0/invoke/callee/method/" + path, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
        using var response = await _http.SendAsync(raw, Limit.Token);

        Assert.Equal(expected, (await _callee.NextAsync()).PathAndQuery);
    }

    [Fact]
    public async Task The_app_can_be_named_by_a_header_instead()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "rooms/2?x=1") { Headers = { { "dapr-app-id", "callee" } } };
        using var response = await _http.SendAsync(request, Limit.Token);

        var seen = await _callee.NextAsync();
        Assert.Equal("/rooms/2?x=1", seen.PathAndQuery);
        Assert.False(seen.Headers.ContainsKey("dapr-app-id"));
    }

    [Fact]
    public async Task The_apps_answer_comes_back_as_it_is()
    {
        _callee.Answer = _ => Results.Problem("no", statusCode: 422);

        using var response = await _client.GetAsync("/x", Limit.Token);

        Assert.Equal(422, (int)response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        Assert.Contains("\"no\"", await response.Content.ReadAsStringAsync(Limit.Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_call_of_an_app_to_itself_has_no_forwarded_headers()
    {
        using var response = await _http.GetAsync("v1.0/invoke/caller/method/self", Limit.Token);

        Assert.False((await _caller.NextAsync()).Headers.ContainsKey("X-Forwarded-For"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_stream_flows_event_by_event(bool eventStream)
    {
        if (eventStream)
            _client.DefaultRequestHeaders.Accept.ParseAdd("text/event-stream");

        using var response = await _client.GetAsync("/stream", HttpCompletionOption.ResponseHeadersRead, Limit.Token);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Limit.Token));

        Assert.Equal("data: 1", await reader.ReadLineAsync(Limit.Token).AsTask().WaitAsync(Limit.Time, Limit.Token));
        _goOn.SetResult();
        Assert.Equal("data: 2", await reader.ReadLineAsync(Limit.Token).AsTask().WaitAsync(Limit.Time, Limit.Token));
    }

    private async Task StreamAsync(HttpContext context)
    {
        context.Response.ContentType = "text/event-stream";
        await context.Response.WriteAsync("data: 1\n", context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
        await _goOn.Task.WaitAsync(context.RequestAborted);
        await context.Response.WriteAsync("data: 2\n", context.RequestAborted);
    }

    [Theory]
    [InlineData(100, false)]
    [InlineData(3 << 20, false)]
    [InlineData(3 << 20, true)]
    public async Task Bodies_pass_in_both_directions_whole(int size, bool chunked)
    {
        var body = new byte[size];
        Random.Shared.NextBytes(body);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/echo") { Content = new ByteArrayContent(body) };
        request.Headers.TransferEncodingChunked = chunked;

        using var response = await _client.SendAsync(request, Limit.Token);

        Assert.Equal(body, await response.Content.ReadAsByteArrayAsync(Limit.Token));
    }

    [Theory]
    [InlineData("v1.0/invoke/nobody/method/x", 500, "couldn't find service: nobody")]
    [InlineData("v1.0/invoke/callee/method/a%3Fb", 500, "invalid method")]
    [InlineData("v1.0/invoke/callee/method", 404, "failed getting app id")]
    [InlineData("v1.0/nothing", 404, "failed getting app id")]
    public async Task Errors_of_the_sidecar_are_told_from_those_of_the_app_by_their_code(string path, int status, string text)
    {
        using var response = await _http.GetAsync(path, Limit.Token);

        await AssertErrorAsync(response, status, text);
    }

    [Fact]
    public async Task An_app_that_refuses_the_connection_is_an_error_of_the_sidecar()
    {
        await _closed.DisposeAsync();

        using var response = await _http.GetAsync("v1.0/invoke/closed/method/x", Limit.Token);

        await AssertErrorAsync(response, 500, "error invoking app channel");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_request_over_four_mebibytes_is_refused(bool chunked)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/echo") { Content = new ByteArrayContent(new byte[5 << 20]) };
        request.Headers.TransferEncodingChunked = chunked;

        using var response = await _client.SendAsync(request, Limit.Token);

        await AssertErrorAsync(response, 500, "");
    }

    [Fact]
    public async Task A_failed_status_is_retried_where_the_policy_says_so()
    {
        var failures = 2;
        _callee.Answer = _ => failures-- > 0 ? Results.StatusCode(503) : Results.Ok("done");

        using var response = await _client.PostAsync("/x", new StringContent("body"), Limit.Token);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.All(await _callee.NextAsync(3), seen => Assert.Equal("body", Encoding.UTF8.GetString(seen.Body)));
    }

    [Theory]
    [InlineData(500, false)]
    [InlineData(503, true)]
    public async Task A_status_outside_the_matching_or_a_chunked_request_is_not_retried(int status, bool chunked)
    {
        _callee.Answer = _ => Results.Text("mine", statusCode: status);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/x") { Content = new StringContent("body") };
        request.Headers.TransferEncodingChunked = chunked;

        using var response = await _client.SendAsync(request, Limit.Token);

        Assert.Equal((status, "mine"), ((int)response.StatusCode, await response.Content.ReadAsStringAsync(Limit.Token)));
        await _callee.NextAsync();
        Assert.False(_callee.HasSeenMore);
    }

    [Fact]
    public async Task A_time_limit_ends_a_call_and_too_many_failures_open_the_breaker()
    {
        _caller.Answer = _ => Results.StatusCode(500);
        using var client = DaprClient.CreateInvokeHttpClient("caller", _system.HttpOf(_callee).ToString(), Token);

        for (var i = 0; i < 2; i++)
            (await client.GetAsync("/x", Limit.Token)).Dispose();

        using var refused = await client.GetAsync("/x", Limit.Token);
        await AssertErrorAsync(refused, 500, "circuit breaker is open");
    }

    [Fact]
    public async Task A_call_without_the_right_token_is_refused_in_plain_text()
    {
        using var http = new HttpClient { BaseAddress = _http.BaseAddress };

        using var response = await http.GetAsync("v1.0/invoke/callee/method/x", Limit.Token);

        Assert.Equal((401, "invalid api token"), ((int)response.StatusCode, await response.Content.ReadAsStringAsync(Limit.Token)));
    }

    private static async Task AssertErrorAsync(HttpResponseMessage response, int status, string text)
    {
        var error = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Limit.Token)).RootElement;
        Assert.Equal((status, "ERR_DIRECT_INVOKE"), ((int)response.StatusCode, error.GetProperty("errorCode").GetString()));
        Assert.Contains(text, error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }
}
