namespace ChatApp.Benchmarks.Load;

/// <summary>The people of the common load: groups of ten, each person in two of them, and pairs. 70 % of the messages go to groups.</summary>
internal sealed class Community : IAsyncDisposable
{
    private const int GroupSize = 10;

    private readonly List<Conversation> _groups = [];
    private readonly List<Conversation> _pairs = [];
    private long _turn = -1;

    private Community(Api api) => People = new People(api);

    public People People { get; }

    public IEnumerable<Conversation> Conversations => _groups.Concat(_pairs);

    /// <summary>Signs up so many people, who start to talk and to listen.</summary>
    public static async Task<Community> GatherAsync(Api api, int people, CancellationToken ct)
    {
        var community = new Community(api);
        var all = community.People;
        await all.RegisterAsync(people, ct);
        for (var place = 0; place < people; place += GroupSize / 2)
            community._groups.Add(await all.StartGroupAsync([.. all.All.Concat(all.All).Skip(place).Take(GroupSize)], ct));
        for (var place = 0; place < people; place += 2)
            community._pairs.Add(await all.StartDirectAsync(all.All[place], all.All[place + 1], ct));
        await all.ListenAsync(all.All, ct);
        return community;
    }

    /// <summary>The next message: who sends it where follows from its turn, so each run is the same.</summary>
    public Task SayNextAsync(long since, bool recorded, CancellationToken ct)
    {
        var turn = Interlocked.Increment(ref _turn);
        var (conversation, place) = turn % 10 < 7
            ? (_groups[(int)((turn * 7 + turn / 10) % _groups.Count)], (turn * 3 + turn / 70) % GroupSize)
            : (_pairs[(int)((turn * 11 + turn / 10) % _pairs.Count)], turn / 25 % 2);
        return People.SayAsync(conversation, conversation.Members[(int)place], conversation.Members.Count - 1, since, recorded, ct);
    }

    public ValueTask DisposeAsync() => People.DisposeAsync();
}
