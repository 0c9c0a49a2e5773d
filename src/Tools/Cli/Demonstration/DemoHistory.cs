using ChatApp.Contracts;

namespace ChatApp.Cli.Demonstration;

/// <summary>
/// Two months in the life of a chat that never was, told in the events of the services: people sign up, make friends, fall out and talk until
/// <paramref name="until"/>. The same numbers tell the same history.
/// </summary>
internal sealed class DemoHistory(int users, int messages, DateTimeOffset until)
{
    private static readonly TimeSpan Length = TimeSpan.FromDays(60);
    private static readonly TimeSpan Part = TimeSpan.FromDays(20);

    private static readonly string[] Locales = ["en", "de-CH", "fr", "pt-BR", "ja"];
    private static readonly string[] TimeZones = ["UTC", "Europe/Zurich", "Europe/Paris", "America/Sao_Paulo", "Asia/Tokyo"];

    private readonly Chance _chance = new(unchecked((users * 397 + messages) * 397 + (int)until.ToUnixTimeSeconds()));

    /// <summary>Signing up takes the first third, making friends the second, and the rest is talk.</summary>
    private readonly DateTimeOffset _start = until - Length;

    /// <summary>What a service hears, or would say itself: the events of these topics.</summary>
    public IEnumerable<object> Of(IReadOnlyCollection<string> topics) => All().Where(told => topics.Contains(told.Topic)).Select(told => told.Event);

    /// <summary>Each time anew, so that chance falls the same way.</summary>
    private IEnumerable<(string Topic, object Event)> All()
    {
        var told = new DemoHistory(users, messages, until);
        return told.Tell();
    }

    private IEnumerable<(string Topic, object Event)> Tell()
    {
        var people = Enumerable.Range(0, users).Select(Register).ToList();
        foreach (var person in people)
            yield return (UserRegistered.Topic, person);
        foreach (var person in people)
            yield return (ProfileUpdated.Topic, new ProfileUpdated(person.UserId, person.Username, person.DisplayName, null, 1, person.RegisteredAt));
        foreach (var person in people.Where(_ => _chance.Percent(40)))
        {
            var place = _chance.Below(Locales.Length);
            yield return (SettingsUpdated.Topic, new SettingsUpdated(person.UserId, Locales[place], TimeZones[place], 1, person.RegisteredAt.AddMinutes(3)));
        }

        var friends = new List<FriendAccepted>();
        foreach (var (one, other) in Pairs(people))
        {
            foreach (var step in Meet(one, other))
            {
                if (step is FriendAccepted accepted)
                    friends.Add(accepted);
                yield return (FriendRequested.Topic, step);
            }
        }

        foreach (var talk in new DemoTalk(_chance, people, friends, _start + (2 * Part), until).Tell(messages))
            yield return talk;
    }

    private UserRegistered Register(int number)
    {
        var at = _start + (Part / users * number);
        var id = _chance.IdOf(at);
        return new UserRegistered(id, $"demo{number + 1}", $"{_chance.Of(DemoWords.FirstNames)} {_chance.Of(DemoWords.LastNames)}", Milliseconds(at));
    }

    /// <summary>Neighbours meet, and some who are far apart; a pair meets once.</summary>
    private IEnumerable<(UserRegistered One, UserRegistered Other)> Pairs(List<UserRegistered> people)
    {
        var met = new HashSet<string>();
        for (var i = 0; i < people.Count; i++)
        {
            int[] others = [(i + 1) % people.Count, (i + 2) % people.Count, _chance.Below(people.Count)];
            foreach (var other in others.Where(other => other != i && met.Add(UserPair.Key(people[i].UserId, people[other].UserId))))
                yield return (people[i], people[other]);
        }
    }

    private IEnumerable<object> Meet(UserRegistered one, UserRegistered other)
    {
        var at = Milliseconds(_start + Part + (Part * 0.9 * _chance.Fraction()));
        switch (_chance.Below(20))
        {
            case 0:
                yield return new BlockChanged(one.UserId, other.UserId, Blocked: true, 1, at);
                break;
            case < 4:
                yield return new FriendRequested(one.UserId, other.UserId, 1, at);
                break;
            default:
                yield return new FriendRequested(one.UserId, other.UserId, 1, at);
                yield return new FriendAccepted(one.UserId, other.UserId, 2, at.AddHours(1));
                break;
        }
    }

    /// <summary>What every store can keep.</summary>
    private static DateTimeOffset Milliseconds(DateTimeOffset at) => DateTimeOffset.FromUnixTimeMilliseconds(at.ToUnixTimeMilliseconds());
}
