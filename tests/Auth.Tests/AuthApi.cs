using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using ChatApp.Testing;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace ChatApp.Auth.Tests;

/// <summary>What register, log-in and refresh answer, as a client reads it.</summary>
public sealed record SignedIn(
    Guid UserId, string Username, Guid SessionId, string AccessToken, string TokenType, int ExpiresIn, string RefreshToken);

/// <summary>Somebody who has signed up.</summary>
public sealed record Person(string Email, string Username, string Password, SignedIn SignedIn)
{
    public Guid Id => SignedIn.UserId;
}

/// <summary>The auth service. Its clock can be put forward.</summary>
public class AuthApi : ServiceApi<Auth.Accounts.Register>
{
    public const string Password = "correct horse battery";

    private readonly (string Key, string Value)[] _more;

    public AuthApi()
        : this(async () => await PostgresDatabase.CreateAsync(), [])
    {
    }

    protected AuthApi(Func<Task<ITestDatabase>> database, (string Key, string Value)[] more)
        : base("auth", database) => _more = more;

    public TestClock Clock { get; } = new();

    public RecordedLog Log { get; } = new();

    public HttpClient Client => field ??= Anonymous();

    protected override IEnumerable<KeyValuePair<string, string?>> Settings =>
        _more.Prepend((Key: "Keys:Passphrase", Value: "passphrase-of-the-tests")).Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value));

    /// <summary>A replica on a database that somebody else drops.</summary>
    public static AuthApi With(ITestDatabase database, params (string Key, string Value)[] settings) =>
        new(() => Task.FromResult<ITestDatabase>(new Borrowed(database)), settings);

    public async Task<Person> RegisterAsync()
    {
        var name = Unique("user");
        var response = await Client.PostAsJsonAsync("/auth/register", new { email = $"{name}@example.org", username = name, password = Password }, Cancel);
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        return new Person($"{name}@example.org", name, Password, await ReadAsync<SignedIn>(response));
    }

    public Task<HttpResponseMessage> LogInAsync(string email, string password) =>
        Client.PostAsJsonAsync("/auth/login", new { email, password }, Cancel);

    public Task<HttpResponseMessage> RefreshAsync(string refreshToken) => Client.PostAsJsonAsync("/auth/refresh", new { refreshToken }, Cancel);

    public Task<HttpResponseMessage> LogOutAsync(string refreshToken) => Client.PostAsJsonAsync("/auth/logout", new { refreshToken }, Cancel);

    public static async Task<T> ReadAsync<T>(HttpResponseMessage response) => (await response.Content.ReadFromJsonAsync<T>(Cancel))!;

    public static async Task<string> CodeOfAsync(HttpResponseMessage response)
    {
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        return (await ReadAsync<JsonElement>(response)).GetProperty("code").GetString()!;
    }

    public static string Unique(string stem) => $"{stem}_{Guid.NewGuid():N}"[..20];

    public async Task<T> ScalarAsync<T>(string sql)
    {
        await using var db = NpgsqlDataSource.Create(Database!.ConnectionString);
        await using var command = db.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(Cancel))!;
    }

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        base.ConfigureWebHost(builder);
        builder.ConfigureTestServices(services => services
            .AddSingleton<TimeProvider>(Clock)
            .AddLogging(logging => logging.AddProvider(Log)));
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private sealed class Borrowed(ITestDatabase database) : ITestDatabase
    {
        public string ConnectionString => database.ConnectionString;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
