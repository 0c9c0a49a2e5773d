namespace ChatApp.Faults.Tests.Load;

/// <summary>A conversation and those who are in it.</summary>
public sealed record Circle(Guid Id, IReadOnlyList<Talker> Members);

/// <summary>People who talk in groups and in pairs, at a pace that leaves a small machine time for everything else.</summary>
public sealed class Crowd : IAsyncDisposable
{
    private const int GroupSize = 8;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(400);

    private Crowd(Journal journal, IReadOnlyList<Talker> people, IReadOnlyList<Circle> circles) => (Journal, People, Circles) = (journal, people, circles);

    public Journal Journal { get; }

    public IReadOnlyList<Talker> People { get; }

    public IReadOnlyList<Circle> Circles { get; }

    /// <summary>Signs everybody up and opens groups and pairs, and everybody's stream. Nothing may go wrong yet.</summary>
    /// <param name="gateways">The replicas of the gateway; people are spread over them.</param>
    public static async Task<Crowd> GatherAsync(IReadOnlyList<Uri> gateways, int size, CancellationToken ct)
    {
        var journal = new Journal();
        List<Talker> people = [];
        for (var i = 0; i < size; i++)
            people.Add(await Talker.SignUpAsync(gateways[i % gateways.Count], journal, ct));

        List<Circle> circles = [];
        foreach (var group in people.Chunk(GroupSize).Where(group => group.Length > 1))
            circles.Add(new Circle(await group[0].StartGroupAsync("A group", group[1..].Select(member => member.Id), ct), group));
        // Each has a neighbour in another group, so that conversations overlap.
        for (var i = 0; i + GroupSize < size; i++)
            circles.Add(new Circle(await people[i].StartDirectAsync(people[i + GroupSize].Id, ct), [people[i], people[i + GroupSize]]));

        foreach (var talker in people)
            talker.Listen();
        return new Crowd(journal, people, circles);
    }

    /// <summary>Everybody talks until cancelled; what is under way then is brought to its end.</summary>
    public Task TalkAsync(CancellationToken until, CancellationToken ct) => Task.WhenAll(People.Select(talker => TalkAsync(talker, until, ct)));

    private async Task TalkAsync(Talker talker, CancellationToken until, CancellationToken ct)
    {
        var mine = Circles.Where(circle => circle.Members.Contains(talker)).ToList();
        for (var said = 0; !until.IsCancellationRequested; said++)
        {
            await talker.SayAsync(mine[said % mine.Count].Id, $"{talker.Id:N} says {said}", ct);
            await Task.Delay(Pause * (0.5 + Random.Shared.NextDouble()), until).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var talker in People)
            await talker.DisposeAsync();
    }
}
