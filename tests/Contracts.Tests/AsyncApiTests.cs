using System.Text.Json.Nodes;
using ChatApp.AsyncApi;

namespace ChatApp.Contracts.Tests;

/// <summary>The published document, and the gate that a change of the contracts has to pass.</summary>
public sealed class AsyncApiTests
{
    private const string Type = "chat.receipt.updated.v2";

    [Fact]
    public void The_document_is_as_the_contracts_are()
    {
        var published = File.ReadAllText(DocumentFile());

        Assert.Empty(Compatibility.Breaks(Yaml.Read(published), AsyncApiDocument.Create()));
        Assert.True(published == Yaml.Write(AsyncApiDocument.Create()), "Write docs/asyncapi.yaml anew with `./chat asyncapi`.");
    }

    [Fact]
    public void The_document_has_every_topic_every_type_and_its_key()
    {
        var document = AsyncApiDocument.Create();

        Assert.Equal(Contract.All.Select(contract => contract.Topic).Distinct().Order(StringComparer.Ordinal), document["channels"]!.AsObject().Select(channel => channel.Key));
        Assert.Equal(
            Contract.All.Select(contract => contract.EventType).Order(StringComparer.Ordinal), document["components"]!["messages"]!.AsObject().Select(message => message.Key));
        Assert.Equal("conversationId", KeyOf(document, "chat.message.sent.v2"));
        Assert.Equal("requesterId and addresseeId", KeyOf(document, "users.friend.requested.v1"));
        Assert.All(document["components"]!["messages"]!.AsObject(), message => Assert.NotEqual("", message.Value!["summary"]!.GetValue<string>()));
    }

    public static TheoryData<string, Action<JsonObject, JsonObject>> Breaking => new()
    {
        { "readSeq is gone", (properties, _) => properties.Remove("readSeq") },
        { "readSeq is gone", (properties, _) => Rename(properties, "readSeq", "readTo") },
        { "readSeq was", (properties, _) => properties["readSeq"] = new JsonObject { ["type"] = "string" } },
        { "userId was", (properties, _) => properties["userId"]!.AsObject().Remove("format") },
        { "readAt was", (properties, _) => properties["readAt"]!["type"] = new JsonArray("string", "null") },
        { "isNew is new and has no default", (properties, payload) => Add(properties, payload, required: true) },
    };

    [Theory]
    [MemberData(nameof(Breaking), DisableDiscoveryEnumeration = true)]
    public void A_change_that_would_break_somebody_is_named(string expected, Action<JsonObject, JsonObject> change) =>
        Assert.Contains(expected, Assert.Single(Change(change)), StringComparison.Ordinal);

    [Fact]
    public void A_field_that_has_a_default_may_be_added() => Assert.Empty(Change((properties, payload) => Add(properties, payload, required: false)));

    [Fact]
    public void A_value_that_an_enum_loses_or_gains_is_a_break()
    {
        var now = AsyncApiDocument.Create();
        System(now)["kind"]!["enum"]!.AsArray().Add("channel");

        Assert.Single(Compatibility.Breaks(AsyncApiDocument.Create(), now));
        Assert.Single(Compatibility.Breaks(now, AsyncApiDocument.Create()));
    }

    [Fact]
    public void What_changes_deep_within_an_event_is_a_break()
    {
        var now = AsyncApiDocument.Create();
        System(now)["members"]!["items"]!["properties"]!.AsObject().Remove("role");

        Assert.Contains("chat.message.sent.v2.system was", Assert.Single(Compatibility.Breaks(AsyncApiDocument.Create(), now)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_type_that_goes_or_moves_or_gets_another_key_is_a_break()
    {
        var (gone, moved, keyed) = (AsyncApiDocument.Create(), AsyncApiDocument.Create(), AsyncApiDocument.Create());
        gone["channels"]!["chat.conversations"]!["messages"]!.AsObject().Remove(Type);
        Rename(moved["channels"]!.AsObject(), "chat.conversations", "chat.log");
        keyed["components"]!["messages"]![Type]!["bindings"]!["kafka"]!["key"]!["description"] = "userId";

        Assert.Equal([$"{Type} is gone."], Compatibility.Breaks(AsyncApiDocument.Create(), gone));
        Assert.Contains($"{Type} moved from chat.conversations to chat.log.", Compatibility.Breaks(AsyncApiDocument.Create(), moved));
        Assert.Equal([$"{Type} has another key."], Compatibility.Breaks(AsyncApiDocument.Create(), keyed));
    }

    /// <summary>The gate compares what the records really are: two versions of one contract.</summary>
    [Fact]
    public void The_gate_sees_what_a_record_says()
    {
        var published = AsyncApiDocument.Create()["components"]!["messages"]!["chat.message.sent.v2"]!["payload"]!;

        Assert.Equal("uuid", published["properties"]!["senderId"]!["format"]!.GetValue<string>());
        Assert.Equal(["string", "null"], published["properties"]!["system"]!["properties"]!["title"]!["type"]!.AsArray().Select(type => type!.GetValue<string>()));
        Assert.Equal(["direct", "group"], published["properties"]!["system"]!["properties"]!["kind"]!["enum"]!.AsArray().Select(value => value!.GetValue<string>()));
        Assert.Contains("seq", published["required"]!.AsArray().Select(name => name!.GetValue<string>()));
    }

    private static IReadOnlyList<string> Change(Action<JsonObject, JsonObject> change)
    {
        var now = AsyncApiDocument.Create();
        var payload = now["components"]!["messages"]![Type]!["payload"]!.AsObject();
        change(payload["properties"]!.AsObject(), payload);
        return Compatibility.Breaks(AsyncApiDocument.Create(), now);
    }

    private static JsonNode System(JsonObject document) =>
        document["components"]!["messages"]!["chat.message.sent.v2"]!["payload"]!["properties"]!["system"]!["properties"]!;

    private static void Rename(JsonObject fields, string from, string to)
    {
        var value = fields[from]!.DeepClone();
        fields.Remove(from);
        fields[to] = value;
    }

    private static void Add(JsonObject properties, JsonObject payload, bool required)
    {
        properties["isNew"] = new JsonObject { ["type"] = "boolean" };
        if (required)
            payload["required"]!.AsArray().Add("isNew");
    }

    private static string KeyOf(JsonObject document, string type) =>
        document["components"]!["messages"]![type]!["bindings"]!["kafka"]!["key"]!["description"]!.GetValue<string>();

    private static string DocumentFile()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "ChatApp.sln")))
            folder = folder.Parent!;
        return Path.Combine(folder.FullName, AsyncApiDocument.Path);
    }
}
