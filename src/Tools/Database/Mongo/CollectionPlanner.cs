using ChatApp.Database.Planning;
using ChatApp.Platform.Database;
using MongoDB.Bson;

namespace ChatApp.Database.Mongo;

/// <summary>A change of one collection.</summary>
/// <param name="Words">What it is, for a name: <c>add by_user to memberships</c>.</param>
internal sealed record CollectionChange(CollectionShape Shape, IReadOnlyList<string> Words, IReadOnlyList<Hazard> Hazards);

/// <summary>Derives what leads from the collections that migrations build to those that are declared.</summary>
internal sealed class CollectionPlanner(MongoSchema built, MongoSchema wanted, IReadOnlyList<CollectionShape> declared)
{
    /// <summary>What migrations build and nobody can declare.</summary>
    public static IReadOnlyList<Refusal> Refusals(MongoSchema built) =>
    [
        .. built.Collections.Where(collection => collection.Value.Type != CollectionSchema.Usual)
            .Select(collection => new Refusal($"{collection.Value.Type} {collection.Key}", "it can't be declared; take it away in a step of code")),
    ];

    public IReadOnlyList<CollectionChange> Plan() =>
    [
        .. built.Collections.Keys.Except(wanted.Collections.Keys).Order(StringComparer.Ordinal).Select(Drop),
        .. declared.Where(shape => !built.Collections.ContainsKey(shape.Name)).Select(shape => new CollectionChange(shape, [$"add {shape.Name}"], [])),
        .. declared.Where(shape => built.Collections.ContainsKey(shape.Name)).Select(Change).OfType<CollectionChange>(),
    ];

    private CollectionChange Drop(string name)
    {
        var heirs = wanted.Collections.Where(added => !built.Collections.ContainsKey(added.Key) && Alike(added.Value, built.Collections[name]))
            .Select(added => $"if {name} became {added.Key}, write a step of code with RenameCollectionAsync");
        return new CollectionChange(
            new CollectionShape(name, Schema: null) { Gone = true },
            [$"drop {name}"],
            [new Hazard(Danger.LosesData, $"all documents of {name} are gone", string.Join("; ", heirs.Append("drop it a release after the last program that reads or writes it")))]);
    }

    private CollectionChange? Change(CollectionShape shape)
    {
        var (from, to) = (built.Collections[shape.Name], wanted.Collections[shape.Name]);
        var added = to.Indexes.Keys.Except(from.Indexes.Keys).ToList();
        var removed = from.Indexes.Keys.Except(to.Indexes.Keys).ToList();
        var changed = to.Indexes.Keys.Intersect(from.Indexes.Keys).Where(index => to.Indexes[index] != from.Indexes[index]).ToList();
        var checks = !Equals(from.Validator, to.Validator);
        if (!checks && added.Count + removed.Count + changed.Count == 0)
            return null;

        return new CollectionChange(
            new CollectionShape(shape.Name, checks ? shape.Schema ?? "{}" : null, [.. shape.Indexes.Where(index => NameOf(index) is var name && (added.Contains(name) || changed.Contains(name)))])
            {
                Drop = [.. removed.Concat(changed).Order(StringComparer.Ordinal)],
            },
            [
                .. checks ? (string[])[$"check {shape.Name}"] : [],
                .. added.Select(index => $"add {index} to {shape.Name}"),
                .. removed.Select(index => $"drop {index} of {shape.Name}"),
                .. changed.Select(index => $"change {index} of {shape.Name}"),
            ],
            [
                .. checks && Tightening.Of(from.Validator, to.Validator, Known(from)) is { } tighter ? (Hazard[])[Tightened(shape.Name, tighter)] : [],
                .. changed.Select(index => new Hazard(
                    Danger.LongLock,
                    $"until {index} is built anew, nothing serves or keeps what it did in {shape.Name}",
                    "declare it under another name, and remove this one in the next release")),
                .. added.Concat(changed).SelectMany(index => Index(shape.Name, index, from.Indexes.GetValueOrDefault(index), to.Indexes[index])),
            ]);
    }

    private static IEnumerable<Hazard> Index(string collection, string name, BsonDocument? from, BsonDocument to)
    {
        var fields = string.Join(", ", to["key"].AsBsonDocument.Names);
        if (to.Contains("unique"))
        {
            yield return new Hazard(
                Danger.MayFail,
                $"documents of {collection} that agree in {fields} stop the building of {name}",
                "look for such documents first, and make them differ in a step of code of its own");
        }

        if (to.TryGetValue("expireAfterSeconds", out var seconds) && !(from is not null && from.TryGetValue("expireAfterSeconds", out var before) && before.ToDouble() <= seconds.ToDouble()))
        {
            yield return new Hazard(
                Danger.LosesData,
                $"documents of {collection} go when their {fields} is {seconds} seconds ago",
                "count those that would go at once, and release first what reckons with it");
        }
    }

    private static Hazard Tightened(string collection, string what) => new(
        Danger.MayFail,
        $"documents of {collection} that are there are not looked at, and those that don't suit the validator ({what}) can't be updated any more",
        "make all documents suit it first, in a step of code of a release before");

    /// <summary>Fields that documents may have already; about others a rule is no harm.</summary>
    private static HashSet<string> Known(CollectionSchema from) =>
        [.. from.Indexes.Values.SelectMany(index => index["key"].AsBsonDocument.Names).Select(field => field.Split('.')[0])];

    private static bool Alike(CollectionSchema one, CollectionSchema other) =>
        Equals(one.Validator, other.Validator) && one.Indexes.Count == other.Indexes.Count && one.Indexes.All(index => other.Indexes.GetValueOrDefault(index.Key) == index.Value);

    private static string NameOf(string index) => BsonDocument.Parse(index)["name"].AsString;
}
