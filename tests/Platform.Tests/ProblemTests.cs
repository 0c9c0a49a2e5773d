using System.ComponentModel.DataAnnotations;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using ChatApp.Platform.Tokens;
using ChatApp.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using MongoDB.Driver;
using Npgsql;

namespace ChatApp.Platform.Tests;

/// <summary>Whatever goes wrong, a client reads a problem document with a code.</summary>
public sealed class ProblemTests : IAsyncLifetime
{
    private TestSidecar _sidecar = null!;
    private PlatformHost _host = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _sidecar = await TestSidecar.StartAsync();
        _host = await PlatformHost.StartAsync(_sidecar, map: app =>
        {
            app.MapPost("/things", (Thing thing) => TypedResults.Ok(thing)).AllowAnonymous();
            app.MapGet("/things", (int limit, Guid? before) => TypedResults.Ok(limit)).AllowAnonymous();
            app.MapGet("/things/{id:guid}", (Guid id) => Problem.NotFound("thing_not_found", "There is no such thing.")).AllowAnonymous();
            app.MapGet("/broken", string () => throw new InvalidOperationException("the secret of the house")).AllowAnonymous();
            app.MapGet("/postgres", async () => await NpgsqlDataSource.Create("Host=127.0.0.1;Port=1").OpenConnectionAsync(Cancel)).AllowAnonymous();
            app.MapGet("/mongo", async () =>
            {
                using var nobody = new MongoClient("mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=100");
                await nobody.GetDatabase("chat_db").ListCollectionNamesAsync(cancellationToken: Cancel);
            }).AllowAnonymous();
            app.MapGet("/mine", (CurrentUser user) => TypedResults.Ok(user.Id));
        });
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        await _sidecar.DisposeAsync();
    }

    [Theory]
    [InlineData("""{"name":"a","size":{"width":"wide"}}""", "size.width")]
    [InlineData("""{"name":7}""", "name")]
    [InlineData("""{"name":"a","tags":["b",1]}""", "tags[1]")]
    public async Task A_field_that_can_not_be_read_is_named(string body, string field)
    {
        using var client = _host.Client();
        using var response = await client.PostAsync("/things", new StringContent(body, Encoding.UTF8, "application/json"), Cancel);

        var problem = await ReadAsync(response, HttpStatusCode.BadRequest, "invalid_request");
        Assert.Equal([field], problem.GetProperty("errors").EnumerateObject().Select(error => error.Name));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[")]
    [InlineData("not JSON")]
    public async Task A_body_that_is_no_document_is_the_clients_error(string body)
    {
        using var client = _host.Client();
        using var response = await client.PostAsync("/things", new StringContent(body, Encoding.UTF8, "application/json"), Cancel);

        await ReadAsync(response, HttpStatusCode.BadRequest, "invalid_request");
    }

    [Theory]
    [InlineData("/things?limit=many", "limit")]
    [InlineData("/things?limit=3&before=yesterday", "before")]
    [InlineData("/things", "limit")]
    public async Task A_parameter_that_can_not_be_read_is_named(string path, string field)
    {
        using var client = _host.Client();
        using var response = await client.GetAsync(path, Cancel);

        var problem = await ReadAsync(response, HttpStatusCode.BadRequest, "invalid_request");
        Assert.Equal([field], problem.GetProperty("errors").EnumerateObject().Select(error => error.Name));
    }

    [Theory]
    [InlineData("GET", "/nowhere", HttpStatusCode.NotFound, "not_found")]
    [InlineData("GET", "/things/7", HttpStatusCode.NotFound, "not_found")]
    [InlineData("GET", "/things/0199a5a0-0000-7000-8000-000000000000", HttpStatusCode.NotFound, "thing_not_found")]
    [InlineData("DELETE", "/things", HttpStatusCode.MethodNotAllowed, "method_not_allowed")]
    [InlineData("GET", "/broken", HttpStatusCode.InternalServerError, "internal")]
    public async Task Every_error_has_a_code(string method, string path, HttpStatusCode status, string code)
    {
        using var client = _host.Client(Guid.CreateVersion7());
        using var response = await client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path), Cancel);

        await ReadAsync(response, status, code);
    }

    [Theory]
    [InlineData("/mine")]
    [InlineData("/nowhere")]
    public async Task Who_has_not_signed_in_learns_nothing_but_that(string path)
    {
        using var client = _host.Client();
        using var response = await client.GetAsync(path, Cancel);

        await ReadAsync(response, HttpStatusCode.Unauthorized, "unauthenticated");
    }

    [Fact]
    public async Task A_body_of_another_kind_is_refused()
    {
        using var client = _host.Client(Guid.CreateVersion7());
        using var response = await client.PostAsync("/things", new StringContent("name=a", Encoding.UTF8, "application/x-www-form-urlencoded"), Cancel);

        await ReadAsync(response, HttpStatusCode.UnsupportedMediaType, "unsupported_media_type");
    }

    [Fact]
    public async Task What_broke_is_told_to_the_log_and_not_to_the_client()
    {
        using var client = _host.Client();
        using var response = await client.GetAsync("/broken", Cancel);

        Assert.DoesNotContain("secret", await response.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        Assert.Contains(_host.Log.Lines, line => line.Contains("the secret of the house", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("/postgres")]
    [InlineData("/mongo")]
    public async Task A_database_that_is_away_is_no_fault_and_the_client_may_ask_again(string path)
    {
        using var client = _host.Client();
        using var response = await client.GetAsync(path, Cancel);

        await ReadAsync(response, HttpStatusCode.ServiceUnavailable, "unavailable");
        Assert.NotNull(response.Headers.RetryAfter);
        Assert.DoesNotContain(_host.Log.Lines, line => line.Contains("unhandled", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_client_that_takes_other_things_gets_a_problem_document_all_the_same()
    {
        using var client = _host.Client();
        client.DefaultRequestHeaders.Accept.ParseAdd("text/event-stream");
        using var response = await client.GetAsync("/mine", Cancel);

        await ReadAsync(response, HttpStatusCode.Unauthorized, "unauthenticated");
    }

    private static async Task<JsonElement> ReadAsync(HttpResponseMessage response, HttpStatusCode status, string code)
    {
        Assert.Equal(status, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        var problem = await response.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        Assert.Equal(code, problem.GetProperty("code").GetString());
        Assert.Equal((int)status, problem.GetProperty("status").GetInt32());
        return problem;
    }

    private sealed record Thing([Required] string Name, Size? Size, IReadOnlyList<string>? Tags);

    private sealed record Size(int Width);
}
