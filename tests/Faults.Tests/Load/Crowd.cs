namespace ChatApp.Faults.Tests.Load;

/// <summary>A conversation and those who are in it.</summary>
public sealed record Circle(Guid Id, IReadOnlyList<Talker> Members);

/// <summary>People who talk in groups and in pairs, at a pace that leaves a small machine time for everything else.</summary>
public sealed class Crowd : IAsyncDisposable
{
    private const int GroupSize = 8;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(400);

    /// <summary>So many long texts are more than the queue of a stream and the buffers before it hold.</summary>
    private const int Flood = 500;

    private static readonly string LongText = new('x', 2000);

    private int _toFlood;

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

    /// <summary>Somebody leaves a stream unread while his group talks much and as fast as it can. Returns when the gateway has had enough of him.</summary>
    public async Task OutpaceAReaderAsync(Uri gateway, CancellationToken ct)
    {
        using var reader = await IdleStream.OpenAsync(gateway, Circles[0].Members[0].AccessToken, ct);
        Volatile.Write(ref _toFlood, Flood);
        await reader.WaitForItsEndAsync(ct);
        Journal.Count("streams cut because nobody read them");
    }

    private async Task TalkAsync(Talker talker, CancellationToken until, CancellationToken ct)
    {
        var mine = Circles.Where(circle => circle.Members.Contains(talker)).ToList();
        for (var said = 0; !until.IsCancellationRequested; said++)
        {
            if (mine.Contains(Circles[0]) && Interlocked.Decrement(ref _toFlood) >= 0)
            {
                await talker.SayAsync(Circles[0].Id, $"{talker.Id:N} says {said} {LongText}", ct);
                continue;
            }

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
