using System.Diagnostics;
using System.Net;
using System.Text.Json;

namespace ChatApp.Benchmarks.Load;

internal sealed record Conversation(string Path, IReadOnlyList<Person> Members);

/// <summary>Everybody whom a scenario has signed up. They stay for all of its runs: a password costs more than everything else.</summary>
internal sealed class People(Api api) : IAsyncDisposable
{
    /// <summary>As many in one call of the API.</summary>
    private const int MaxMembersInCall = 500;

    private const int AtOnce = 4;

    private static readonly TimeSpan EventLimit = TimeSpan.FromSeconds(60);

    public IReadOnlyList<Person> All { get; private set; } = [];

    public Deliveries Deliveries { get; } = new();

    public async Task RegisterAsync(int count, CancellationToken ct)
    {
        var all = new Person[count];
        await AtOnceAsync(
            Enumerable.Range(0, count), async (number, token) => all[number] = await Person.RegisterAsync(api, number, token), ct);
        All = all;
    }

    public Task ListenAsync(IEnumerable<Person> people, CancellationToken ct) =>
        AtOnceAsync(people, (person, token) => new(person.ListenAsync(api, number => Deliveries.Arrived(person, number), token)), ct);

    public Task LeaveAsync() => Task.WhenAll(All.Select(person => person.LeaveAsync()));

    /// <summary>
    /// New tokens for those who need them soon, and new streams for those of them who listen: a stream ends with its token. Called between
    /// runs, or messages would be missed.
    /// </summary>
    public async Task RefreshAsync(IEnumerable<Person> people, CancellationToken ct)
    {
        var stale = people.Where(person => person.IsStale || person.Stream is { Broke: true }).ToList();
        await AtOnceAsync(stale, (person, token) => new(person.RefreshAsync(api, token)), ct);
        await ListenAsync(stale.Where(person => person.Stream is not null), ct);
    }

    public async Task<Conversation> StartDirectAsync(Person one, Person other, CancellationToken ct) =>
        await StartAsync([one, other], new { kind = "direct", userId = other.Id }, ct);

    /// <summary>The first of them makes it, with as many as go into one call, and adds the rest.</summary>
    public async Task<Conversation> StartGroupAsync(IReadOnlyList<Person> members, CancellationToken ct)
    {
        var others = members.Skip(1).Select(person => person.Id).Chunk(MaxMembersInCall - 1).ToList();
        var group = await StartAsync(members, new { kind = "group", title = $"{members.Count} members", memberIds = others[0] }, ct);
        foreach (var more in others.Skip(1))
            await OnceKnownAsync(() => api.AskAsync(HttpMethod.Post, $"{group.Path}/members", members[0], new { userIds = more }, ct), ct);
        return group;
    }

    /// <summary>Sends a message of 128 bytes that is awaited at the other members who listen.</summary>
    public async Task SayAsync(
        Conversation conversation,
        Person sender,
        int listeners,
        long since,
        bool recorded,
        CancellationToken ct,
        Action? arrivedEverywhere = null)
    {
        var number = Deliveries.Expect(sender, listeners, since, recorded, arrivedEverywhere);
        try
        {
            await api.CallAsync(HttpMethod.Post, $"{conversation.Path}/messages", sender, MessageBody.Of(number), ct);
        }
        catch
        {
            Deliveries.Forget(number);
            throw;
        }
    }

    public async ValueTask DisposeAsync() => await LeaveAsync();

    private async Task<Conversation> StartAsync(IReadOnlyList<Person> members, object body, CancellationToken ct)
    {
        var made = await OnceKnownAsync(() => api.AskAsync(HttpMethod.Post, "/api/conversations", members[0], body, ct), ct);
        return new Conversation($"/api/conversations/{made.GetProperty("id").GetGuid()}", members);
    }

    /// <summary>Other services hear of a new account by an event.</summary>
    private static async Task<JsonElement> OnceKnownAsync(Func<Task<JsonElement>> call, CancellationToken ct)
    {
        for (var started = Stopwatch.GetTimestamp(); ;)
        {
            try
            {
                return await call();
            }
            catch (HttpRequestException exception)
                when (exception.StatusCode is HttpStatusCode.NotFound && Stopwatch.GetElapsedTime(started) < EventLimit)
            {
                await Task.Delay(100, ct);
            }
        }
    }

    private static Task AtOnceAsync<T>(IEnumerable<T> items, Func<T, CancellationToken, ValueTask> work, CancellationToken ct) =>
        Parallel.ForEachAsync(items, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = ct }, work);
}
