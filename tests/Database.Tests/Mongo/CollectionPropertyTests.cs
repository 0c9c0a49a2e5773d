using CsCheck;

namespace ChatApp.Database.Tests.Mongo;

public sealed class CollectionPropertyTests : IDisposable
{
    /// <summary>Declarations of one service after the other.</summary>
    private const int Changes = 12;

    private static readonly Gen<string> Field = OneOf("a", "b", "c", "d");

    private static readonly Gen<string> Rule = Gen.OneOf(
        OneOf("string", "int", "long", "date", "bool").Select(type => $$"""{ "bsonType": "{{type}}" }"""),
        Gen.Int[0, 9].Select(least => $$"""{ "bsonType": "long", "minimum": {{least}}, "maximum": {{least + 5}} }"""),
        Gen.Int[1, 9].Select(length => $$"""{ "bsonType": "string", "minLength": 1, "maxLength": {{length}} }"""),
        OneOf("one", "two", "three").Array[1, 3].Select(values => $$"""{ "enum": [{{Quoted(values)}}] }"""),
        Gen.Int[1, 9].Select(items => $$"""{ "bsonType": "array", "maxItems": {{items}}, "items": { "bsonType": "object", "required": ["x"] } }"""));

    private static readonly Gen<string?> Validator = Gen.Select(Gen.Bool, Field.Array[1, 3], Gen.Select(Field, Rule).Array[0, 3]).Select((checks, required, rules) => checks
        ? $$"""{ "$jsonSchema": { "bsonType": "object", "required": [{{Quoted(required)}}], "properties": { {{string.Join(", ", rules.DistinctBy(rule => rule.Item1).Select(rule => $"\"{rule.Item1}\": {rule.Item2}"))}} } } }"""
        : null);

    /// <summary>By a name that does not say the key, so that an index can change.</summary>
    private static readonly Gen<string> Index = Gen.Select(OneOf("first", "second"), Field, Field, OneOf(1, -1), Gen.Int[0, 3]).Select((name, one, other, order, kind) =>
    {
        var key = one == other || kind == 2 ? $"\"{one}\": {order}" : $"\"{one}\": {order}, \"{other}\": 1";
        var option = kind switch
        {
            0 => ", \"unique\": true",
            1 => ", \"partialFilterExpression\": { \"d\": { \"$exists\": true } }",
            2 => ", \"expireAfterSeconds\": 3600",
            _ => "",
        };
        return $$"""{ "name": "{{name}}", "key": { {{key}} }{{option}} }""";
    });

    private static readonly Gen<string> Collection = Gen.Select(Validator, Index.Array[0, 2]).Select((validator, indexes) =>
    {
        // A server has one index of a key, whatever its name.
        var distinct = indexes.DistinctBy(index => index.Split('"')[3]).DistinctBy(index => index.Split("key")[1].Split('}')[0]);
        string?[] members = [validator is null ? null : $"\"validator\": {validator}", $"\"indexes\": [{string.Join(", ", distinct)}]"];
        return $"{{ {string.Join(", ", members.OfType<string>())} }}";
    });

    private readonly SampleCollections _service = new();

    [Fact]
    public async Task Every_step_that_is_written_leads_to_the_declared_collections()
    {
        var random = new PCG(1, 7);
        var declared = Gen.Select(OneOf("users", "messages", "notes"), Gen.Select(Gen.Int[0, 3].Select(chance => chance > 0), Collection)).Array[1, 2];
        for (var i = 0; i < Changes; i++)
        {
            foreach (var (name, (stays, collection)) in declared.Generate(random, null, out _))
            {
                if (stays)
                    _service.Declare(name, collection);
                else
                    _service.Undeclare(name);
            }

            var result = await _service.GenerateAsync(new GenerateOptions(AllowDestructive: true));
            Assert.True(result.Succeeded, $"{string.Join('\n', result.Left ?? [])}\n{result.Script}");
        }

        Assert.Equal(GenerateOutcome.NothingToDo, (await _service.GenerateAsync()).Outcome);
        Assert.True(_service.Steps.Count() > Changes / 2, string.Join('\n', _service.Steps));
    }

    public void Dispose() => _service.Dispose();

    private static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(value => values[value]);

    private static string Quoted(IEnumerable<string> values) => string.Join(", ", values.Distinct().Select(value => $"\"{value}\""));
}
