using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.Json;

namespace ChatApp.Benchmarks.Load;

/// <summary>Somebody who has an account and is signed in.</summary>
internal sealed class Person
{
    private const string Password = "only for the benchmark";

    private static readonly string Prefix = $"b{Environment.TickCount64:x}_";

    private string _refreshToken = "";
    private long _signedInAt;

    public Guid Id { get; private set; }

    public AuthenticationHeaderValue? Token { get; private set; }

    public LiveStream? Stream { get; private set; }

    /// <summary>Access tokens are good for ten minutes.</summary>
    public bool IsStale => Stopwatch.GetElapsedTime(_signedInAt) > TimeSpan.FromMinutes(4);

    /// <summary>What signs this person in.</summary>
    public byte[] Login { get; private set; } = [];

    public static async Task<Person> RegisterAsync(Api api, int number, CancellationToken ct)
    {
        var (person, name) = (new Person(), $"{Prefix}{number}");
        var email = $"{name}@example.com";
        person.Login = JsonSerializer.SerializeToUtf8Bytes(new { email, password = Password });
        var account = new { email, username = name, password = Password };
        person.SignedIn(await api.AskAsync(HttpMethod.Post, "/api/auth/register", null, account, ct));
        return person;
    }

    public async Task RefreshAsync(Api api, CancellationToken ct) =>
        SignedIn(await api.AskAsync(HttpMethod.Post, "/api/auth/refresh", null, new { refreshToken = _refreshToken }, ct));

    /// <summary>Opens a live stream in place of the one that is open, if any.</summary>
    public async Task ListenAsync(Api api, Action<long> arrived, CancellationToken ct)
    {
        var before = Stream;
        Stream = await LiveStream.OpenAsync(api, this, arrived, ct);
        if (before is not null)
            await before.DisposeAsync();
    }

    public async Task LeaveAsync()
    {
        if (Stream is not null)
            await Stream.DisposeAsync();
        Stream = null;
    }

    private void SignedIn(JsonElement answer)
    {
        Id = answer.GetProperty("userId").GetGuid();
        Token = new AuthenticationHeaderValue("Bearer", answer.GetProperty("accessToken").GetString());
        _refreshToken = answer.GetProperty("refreshToken").GetString()!;
        _signedInAt = Stopwatch.GetTimestamp();
    }
}
