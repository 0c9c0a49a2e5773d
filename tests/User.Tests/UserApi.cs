using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using ChatApp.Contracts;
using ChatApp.Testing;
using Npgsql;

namespace ChatApp.User.Tests;

/// <summary>Somebody with a profile, and a client that calls as them.</summary>
public sealed record Person(Guid Id, string Username, HttpClient Client);

/// <summary>A part of a list, as a client reads it.</summary>
public sealed record Page<T>(IReadOnlyList<T> Items, string? Next);

/// <summary>Somebody in a list, as a client reads it.</summary>
public sealed record Listed(Guid Id, string Username, string DisplayName, string? AvatarUrl, string? Direction);

/// <summary>The user service.</summary>
public class UserApi : ServiceApi<User.Profiles.ChangeProfile>
{
    public UserApi()
        : this(async () => await PostgresDatabase.CreateAsync())
    {
    }

    protected UserApi(Func<Task<ITestDatabase>> database)
        : base("user", database)
    {
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Somebody new. The lower their place, the smaller their id.</summary>
    public async Task<Person> SignUpAsync(string? username = null, string? displayName = null)
    {
        var id = Guid.CreateVersion7();
        var name = username ?? Unique("user");
        var status = await DeliverAsync(new UserRegistered(id, name, displayName ?? name, new DateTimeOffset(2026, 3, 1, 9, 30, 0, TimeSpan.Zero)));
        Assert.Equal("SUCCESS", status);
        return new Person(id, name, ClientFor(id));
    }

    public static async Task BefriendAsync(Person a, Person b)
    {
        await RequestAsync(a, b);
        Assert.Equal(HttpStatusCode.OK, (await AcceptAsync(b, a)).StatusCode);
    }

    public static Task<HttpResponseMessage> RequestAsync(Person from, Person to) =>
        from.Client.PostAsJsonAsync("/friend-requests", new { userId = to.Id }, Cancel);

    public static Task<HttpResponseMessage> AcceptAsync(Person by, Person from) => by.Client.PostAsync($"/friend-requests/{from.Id}/accept", null, Cancel);

    public static Task<HttpResponseMessage> BlockAsync(Person by, Person whom) => by.Client.PutAsync($"/blocks/{whom.Id}", null, Cancel);

    public static Task<HttpResponseMessage> UnblockAsync(Person by, Person whom) => by.Client.DeleteAsync($"/blocks/{whom.Id}", Cancel);

    public static async Task<T> ReadAsync<T>(HttpResponseMessage response) => (await response.Content.ReadFromJsonAsync<T>(Cancel))!;

    public static async Task<Page<Listed>> ListAsync(Person person, string path) => (await person.Client.GetFromJsonAsync<Page<Listed>>(path, Cancel))!;

    public static async Task<string> CodeOfAsync(HttpResponseMessage response)
    {
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        return (await ReadAsync<JsonElement>(response)).GetProperty("code").GetString()!;
    }

    /// <summary>The fields that a 400 names.</summary>
    public static async Task<IEnumerable<string>> BadFieldsAsync(HttpResponseMessage response)
    {
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        var problem = await ReadAsync<JsonElement>(response);
        Assert.Equal("invalid_request", problem.GetProperty("code").GetString());
        return problem.GetProperty("errors").EnumerateObject().Select(error => error.Name);
    }

    public static string Unique(string stem) => $"{stem}_{Guid.NewGuid():N}"[..20];

    public async Task<IReadOnlyList<string>> QueryAsync(string sql)
    {
        await using var db = NpgsqlDataSource.Create(Database!.ConnectionString);
        await using var command = db.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync(Cancel);
        List<string> rows = [];
        while (await reader.ReadAsync(Cancel))
            rows.Add(reader.GetValue(0).ToString()!);

        return rows;
    }
}
