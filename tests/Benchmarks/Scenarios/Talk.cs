using ChatApp.Benchmarks.Load;
using ChatApp.Benchmarks.Meters;

namespace ChatApp.Benchmarks.Scenarios;

/// <summary>The scenarios of the common load: 50 people, 10 groups of 10, 25 pairs.</summary>
internal static class Talk
{
    private const int Everybody = 50, PageSize = 50;

    /// <summary>As many messages as so many senders get through, each of whom waits for the answer.</summary>
    public static async Task SendAsync(Bench bench, CancellationToken ct)
    {
        await using var community = await GatherAsync(bench, ct);
        bench.Figures.Of("send, memory", "at the start").AddMemory(bench.Meters.Memory());
        await bench.ClosedAsync(8, community.SayNextAsync, ct);
        foreach (var senders in (int[])[1, 16, 64])
        {
            var into = bench.Figures.Of("send", senders == 1 ? "1 sender" : $"{senders} senders");
            await bench.MeasureAsync(into, "message", community.People, () => bench.ClosedAsync(senders, community.SayNextAsync, ct), ct);
        }

        bench.Figures.Of("send, memory", "at the end").AddMemory(bench.Meters.Memory());
    }

    /// <summary>How soon a message arrives at the others, at a low rate and near what the system can do.</summary>
    public static async Task DeliverAsync(Bench bench, CancellationToken ct)
    {
        await using var community = await GatherAsync(bench, ct);
        await bench.ClosedAsync(16, community.SayNextAsync, ct);
        await bench.Meters.SettleAsync(ct);
        var most = await bench.ClosedAsync(16, community.SayNextAsync, ct);

        var nearlyAll = 0.8 * most.Measured / most.Usage.Time.TotalSeconds;
        await AtAsync("20 messages a second", 20, TimeSpan.FromSeconds(bench.Options.Quick ? 5 : 20));
        await AtAsync("80 % of what 16 senders can", nearlyAll, TimeSpan.FromSeconds(bench.Options.Quick ? 10 : 60));

        Task AtAsync(string @case, double rate, TimeSpan length) => bench.MeasureAsync(
            bench.Figures.Of("deliver", @case),
            "message",
            community.People,
            () => LoadRun.OpenAsync(rate, bench.Options.WarmUp, length, bench.Meters, community.SayNextAsync, ct),
            ct);
    }

    /// <summary>The newest page of a conversation.</summary>
    public static async Task HistoryAsync(Bench bench, CancellationToken ct)
    {
        await using var community = await GatherAsync(bench, ct);
        var conversations = community.Conversations.ToList();
        await Parallel.ForEachAsync(
            conversations.SelectMany(conversation => Enumerable.Repeat(conversation, PageSize)),
            new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = ct },
            async (one, token) => await community.People.SayAsync(one, one.Members[0], listeners: 0, since: 0, recorded: false, token));

        var turn = 0;
        var into = bench.Figures.Of("history", "16 readers");
        await bench.MeasureAsync(into, "page", community.People, () => bench.ClosedAsync(16, ReadAsync, ct), ct);

        Task ReadAsync(long since, bool recorded, CancellationToken token)
        {
            var next = Interlocked.Increment(ref turn);
            var (path, members) = conversations[next % conversations.Count];
            return bench.Api.CallAsync(HttpMethod.Get, $"{path}/messages?limit={PageSize}", members[next % members.Count], null, token);
        }
    }

    public static async Task LoginAsync(Bench bench, CancellationToken ct)
    {
        await using var people = new People(bench.Api);
        await people.RegisterAsync(Everybody, ct);
        var turn = 0;
        foreach (var clients in (int[])[1, 16])
        {
            var into = bench.Figures.Of("login", $"{clients} at once");
            await bench.MeasureAsync(into, "login", people, () => bench.ClosedAsync(clients, LogInAsync, ct), ct);
        }

        Task LogInAsync(long since, bool recorded, CancellationToken token) =>
            bench.Api.CallAsync(HttpMethod.Post, "/api/auth/login", null, people.All[Interlocked.Increment(ref turn) % Everybody].Login, token);
    }

    private static Task<Community> GatherAsync(Bench bench, CancellationToken ct) => Community.GatherAsync(bench.Api, Everybody, ct);
}
