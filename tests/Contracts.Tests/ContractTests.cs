using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace ChatApp.Contracts.Tests;

/// <summary>
/// What was published once is read for ever: by services of another release, and from events that still wait. A sample changes only by fields that are added
/// with a default; whatever else fails here needs a new version of the type.
/// </summary>
public sealed partial class ContractTests
{
    /// <summary>By name: a test runner can show it, and run one by itself.</summary>
    public static TheoryData<string> Names => new(Contract.All.Select(contract => contract.ToString()));

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_contract_has_a_sample(string name) =>
        Assert.True(File.Exists(Find(name).SampleFile), $"Add {Path.GetFileName(Find(name).SampleFile)} to tests/Contracts.Tests/Samples.");

    [Fact]
    public void Every_sample_has_its_contract() =>
        Assert.Empty(Directory.GetFiles(Contract.Samples).Except(Contract.All.Select(contract => contract.SampleFile)).Select(Path.GetFileName));

    [Theory]
    [MemberData(nameof(Names))]
    public void A_sample_is_read_and_written_as_it_was(string name)
    {
        var contract = Find(name);
        var sample = contract.ReadSample();

        var written = contract.Write(contract.Read(sample));

        Assert.True(JsonNode.DeepEquals(sample, written), $"The sample says\n{sample}\nand the contract writes\n{written}");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_field_that_is_missing_is_an_error(string name)
    {
        var contract = Find(name);
        Assert.All(contract.Fields.Where(field => !field.Optional), field =>
        {
            var json = contract.ReadSample();
            Assert.True(json.Remove(field.Name), $"The sample has no {field.Name}.");
            Assert.Throws<JsonException>(() => contract.Read(json));
        });
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Null_is_an_error_but_where_the_contract_says_that_there_may_be_nothing(string name)
    {
        var contract = Find(name);
        Assert.All(contract.Fields, field =>
        {
            var json = contract.ReadSample();
            json[field.Name] = null;
            if (field.Nullable)
                Assert.True(JsonNode.DeepEquals(json, contract.Write(contract.Read(json))));
            else
                Assert.Throws<JsonException>(() => contract.Read(json));
        });
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_field_that_a_later_release_adds_is_passed_over(string name)
    {
        var contract = Find(name);
        var json = contract.ReadSample();
        json["fromTheFuture"] = new JsonObject { ["a"] = 1 };

        Assert.Equivalent(contract.Read(contract.ReadSample()), contract.Read(json));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_type_belongs_to_its_topics_service_and_ends_in_its_version(string name)
    {
        var contract = Find(name);

        Assert.Matches(TypeName(), contract.EventType);
        Assert.Equal(contract.Topic.Split('.')[0], contract.EventType.Split('.')[0]);
    }

    [Fact]
    public void No_two_contracts_share_a_type() =>
        Assert.Equal(Contract.All.Count, Contract.All.Select(contract => contract.EventType).Distinct().Count());

    [Theory]
    [MemberData(nameof(Names))]
    public void A_key_is_an_id_or_a_pair_of_ids(string name)
    {
        var contract = Find(name);

        Assert.All(contract.Read(contract.ReadSample()).Key.Split(':'), part => Assert.True(Guid.TryParse(part, out _)));
    }

    [Fact]
    public void A_pair_has_the_same_key_from_both_sides()
    {
        var (one, other) = (Guid.NewGuid(), Guid.NewGuid());

        Assert.Equal(UserPair.Key(one, other), UserPair.Key(other, one));
        Assert.NotEqual(UserPair.Key(one, other), UserPair.Key(one, one));
    }

    private static Contract Find(string name) => Contract.All.Single(contract => contract.ToString() == name);

    [GeneratedRegex("""^[a-z]+(\.[a-z]+(-[a-z]+)*)+\.v[1-9][0-9]*$""")]
    private static partial Regex TypeName();
}
