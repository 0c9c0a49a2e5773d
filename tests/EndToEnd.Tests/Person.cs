using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace ChatApp.EndToEnd.Tests;

/// <summary>Somebody who uses the public API, with whatever name they signed up under.</summary>
public sealed class Person : IDisposable
{
    private const string Password = "correct horse battery staple";

    private readonly HttpClient _http;

    private Person(HttpClient http, string email, JsonElement signedUp)
    {
        _http = http;
        Email = email;
        Id = signedUp.GetProperty("userId").GetGuid();
        Accept(signedUp);
    }

    public Guid Id { get; }

    public string Email { get; }

    public string RefreshToken { get; private set; } = "";

    public static async Task<Person> SignUpAsync(ChatSystem chat, string name)
    {
        var http = new HttpClient { BaseAddress = chat.NextGateway() };
        var username = $"{name}{Guid.NewGuid().ToString("N")[20..]}";
        var email = $"{username}@example.com";
        var answer = await http.PostAsJsonAsync("/api/auth/register", new { email, username, password = Password, displayName = name }, Cancel);
        return new Person(http, email, await ReadAsync(answer));
    }

    /// <summary>The same person on a new connection, signed in again.</summary>
    public async Task<Person> ComeBackAsync(ChatSystem chat)
    {
        var http = new HttpClient { BaseAddress = chat.NextGateway() };
        return new Person(http, Email, await ReadAsync(await http.PostAsJsonAsync("/api/auth/login", new { email = Email, password = Password }, Cancel)));
    }

    public async Task LogInAsync() => Accept(await PostAsync("/api/auth/login", new { email = Email, password = Password }));

    public async Task<JsonElement> GetAsync(string path) => await ReadAsync(await _http.GetAsync(path, Cancel));

    public async Task<JsonElement> PostAsync(string path, object? body = null) => await ReadAsync(await _http.PostAsJsonAsync(path, body ?? new { }, Cancel));

    public async Task<JsonElement> PutAsync(string path, object? body = null) => await ReadAsync(await _http.PutAsJsonAsync(path, body ?? new { }, Cancel));

    public async Task DeleteAsync(string path) => await ReadAsync(await _http.DeleteAsync(path, Cancel));

    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path) => await _http.SendAsync(new HttpRequestMessage(method, path), Cancel);

    public async Task BefriendAsync(Person other)
    {
        await PostAsync("/api/friend-requests", new { userId = other.Id });
        await other.PostAsync($"/api/friend-requests/{Id}/accept");
    }

    public async Task<Guid> StartDirectAsync(Person other) =>
        (await PostAsync("/api/conversations", new { kind = "direct", userId = other.Id })).GetProperty("id").GetGuid();

    public Task<JsonElement> SayAsync(Guid conversation, string text, Guid? key = null) =>
        PostAsync($"/api/conversations/{conversation}/messages", new { clientMessageId = key ?? Guid.NewGuid(), text });

    public Task<HttpResponseMessage> TrySayAsync(Guid conversation, string text) =>
        _http.PostAsJsonAsync($"/api/conversations/{conversation}/messages", new { clientMessageId = Guid.NewGuid(), text }, Cancel);

    public async Task<LiveEvents> ListenAsync() => await LiveEvents.OpenAsync(_http, Cancel);

    /// <summary>Asks until the answer fits: what other services learn by event arrives a little later.</summary>
    /// <exception cref="TimeoutException">It did not fit within fifteen seconds.</exception>
    public async Task<JsonElement> GetUntilAsync(string path, Func<JsonElement, bool> fits)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(15));
        while (true)
        {
            var answer = await GetAsync(path);
            if (fits(answer))
                return answer;
            if (limit.IsCancellationRequested)
                throw new TimeoutException($"{path} still answers {answer}");

            await Task.Delay(TimeSpan.FromMilliseconds(50), Cancel);
        }
    }

    public void Dispose() => _http.Dispose();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private void Accept(JsonElement tokens)
    {
        RefreshToken = tokens.GetProperty("refreshToken").GetString()!;
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", tokens.GetProperty("accessToken").GetString());
    }

    private static async Task<JsonElement> ReadAsync(HttpResponseMessage answer)
    {
        var body = await answer.Content.ReadAsStringAsync(Cancel);
        Assert.True(answer.IsSuccessStatusCode, $"{answer.RequestMessage?.Method} {answer.RequestMessage?.RequestUri}: {(int)answer.StatusCode} {body}");
        return body.Length == 0 ? default : JsonSerializer.Deserialize<JsonElement>(body);
    }
}
