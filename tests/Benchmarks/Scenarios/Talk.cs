using ChatApp.Benchmarks.Load;
using ChatApp.Benchmarks.Meters;

namespace ChatApp.Benchmarks.Scenarios;

/// <summary>The scenarios of the common load: 50 people, 10 groups of 10, 25 pairs.</summary>
internal static class Talk
{
    private const int Everybody = 50, PageSize = 50;

    /// <summary>What the first requests compile and open is not measured.</summary>
    private static readonly TimeSpan FirstWarmUp = TimeSpan.FromSeconds(3);

    /// <summary>As many messages as so many senders get through, each of whom waits for the answer.</summary>
    public static async Task SendAsync(Bench bench, CancellationToken ct)
    {
        await using var community = await Community.GatherAsync(bench.Api, Everybody, ct);
        bench.Figures.Of("send, memory", "at the start").AddMemory(bench.Meters.Memory());
        await SayAsync(bench, community, 8, FirstWarmUp, TimeSpan.FromSeconds(1), ct);
        foreach (var senders in (int[])[1, 16, 64])
        {
            await bench.MeasureAsync(
                bench.Figures.Of("send", senders == 1 ? "1 sender" : $"{senders} senders"), "message", community.People, () => SayAsync(bench, community, senders, bench.Options.WarmUp, bench.Options.Length, ct), ct);
        }

        bench.Figures.Of("send, memory", "at the end").AddMemory(bench.Meters.Memory());
    }

    /// <summary>How soon a message arrives at the others, at a low rate and near what the system can do.</summary>
    public static async Task DeliverAsync(Bench bench, CancellationToken ct)
    {
        await using var community = await Community.GatherAsync(bench.Api, Everybody, ct);
        await SayAsync(bench, community, 8, FirstWarmUp, TimeSpan.FromSeconds(1), ct);
        await bench.Meters.SettleAsync(ct);
        var most = await SayAsync(bench, community, 16, bench.Options.WarmUp, bench.Options.Length, ct);
        await community.People.Deliveries.DrainAsync(TimeSpan.FromSeconds(30), ct);

        var nearlyAll = 0.8 * most.Measured / most.Usage.Time.TotalSeconds;
        await AtAsync("20 messages a second", 20, TimeSpan.FromSeconds(bench.Options.Quick ? 5 : 20));
        await AtAsync("80 % of what 16 senders can", nearlyAll, TimeSpan.FromSeconds(bench.Options.Quick ? 10 : 60));

        Task AtAsync(string @case, double rate, TimeSpan length) => bench.MeasureAsync(
            bench.Figures.Of("deliver", @case),
            "message",
            community.People,
            () => LoadRun.OpenAsync(rate, bench.Options.WarmUp, length, bench.Meters, (since, recorded) => community.SayNextAsync(since, recorded, ct), ct),
            ct);
    }

    /// <summary>The newest page of a conversation.</summary>
    public static async Task HistoryAsync(Bench bench, CancellationToken ct)
    {
        await using var community = await Community.GatherAsync(bench.Api, Everybody, ct);
        var conversations = community.Conversations.ToList();
        await Parallel.ForEachAsync(
            conversations.SelectMany(conversation => Enumerable.Repeat(conversation, PageSize)),
            new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = ct },
            async (conversation, token) => await community.People.SayAsync(conversation, conversation.Members[0], 0, 0, recorded: false, token));

        var turn = 0;
        await bench.MeasureAsync(bench.Figures.Of("history", "16 readers"), "page", community.People, () => LoadRun.ClosedAsync(16, bench.Options.WarmUp, bench.Options.Length, bench.Meters, ReadAsync, ct), ct);

        Task ReadAsync(long since, bool recorded)
        {
            var next = Interlocked.Increment(ref turn);
            var conversation = conversations[next % conversations.Count];
            return bench.Api.CallAsync(HttpMethod.Get, $"{conversation.Path}/messages?limit={PageSize}", conversation.Members[next % conversation.Members.Count], null, ct);
        }
    }

    public static async Task LoginAsync(Bench bench, CancellationToken ct)
    {
        await using var people = new People(bench.Api);
        await people.RegisterAsync(Everybody, ct);
        var turn = 0;
        foreach (var clients in (int[])[1, 16])
        {
            await bench.MeasureAsync(
                bench.Figures.Of("login", $"{clients} at once"), "login", people, () => LoadRun.ClosedAsync(clients, bench.Options.WarmUp, bench.Options.Length, bench.Meters, LogInAsync, ct), ct);
        }

        Task LogInAsync(long since, bool recorded) =>
            bench.Api.CallAsync(HttpMethod.Post, "/api/auth/login", null, people.All[Interlocked.Increment(ref turn) % people.All.Count].Login, ct);
    }

    private static Task<LoadRun> SayAsync(Bench bench, Community community, int senders, TimeSpan warmUp, TimeSpan length, CancellationToken ct) =>
        LoadRun.ClosedAsync(senders, warmUp, length, bench.Meters, (since, recorded) => community.SayNextAsync(since, recorded, ct), ct);
}
