using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using ChatApp.Chat.Conversations;
using ChatApp.Chat.Directory;
using ChatApp.Chat.Messages;
using ChatApp.Contracts;
using ChatApp.Testing;
using Microsoft.AspNetCore.Hosting;
using MongoDB.Driver;

namespace ChatApp.Chat.Tests;

/// <summary>The chat service on a database of its own.</summary>
public sealed class ChatApi() : ServiceApi<StartConversation>("chat", () => Task.FromResult<ITestDatabase>(MongoTestDatabase.Used("chat")))
{
    public IMongoDatabase Store => ((MongoTestDatabase)Database!).Open();

    /// <summary>Somebody whom the service has heard of.</summary>
    public async Task<Person> PersonAsync(string name = "Ann")
    {
        var id = Guid.CreateVersion7();
        Assert.Equal("SUCCESS", await DeliverAsync(new ProfileUpdated(id, $"{name.ToLowerInvariant()}_{id:N}", name, null, 1, DateTimeOffset.UtcNow)));
        return new Person(id, ClientFor(id));
    }

    /// <summary>Waits until the read models have this change.</summary>
    public Task ProjectedAsync(Guid conversation, long rev) => Wait.UntilAsync(
        async () => (await Store.GetCollection<Conversation>("conversations").Find(stored => stored.Id == conversation).FirstAsync()).Rev >= rev,
        $"change {rev} is not projected");

    /// <summary>Several of whom the service has heard, without an event for each.</summary>
    public async Task<IReadOnlyList<Person>> PeopleAsync(int count)
    {
        var ids = Enumerable.Range(0, count).Select(_ => Guid.CreateVersion7()).ToArray();
        await Store.GetCollection<KnownUser>("user_directory").InsertManyAsync(ids.Select(id => new KnownUser(id, $"user_{id:N}", "Member", null, 1)));
        return [.. ids.Select(id => new Person(id, ClientFor(id)))];
    }
}

/// <summary>Another process of the service, on a database that is somebody else's to drop.</summary>
public sealed class ChatReplica(string connectionString)
    : ServiceApi<StartConversation>("chat", () => Task.FromResult<ITestDatabase>(new Borrowed(connectionString)))
{
    /// <summary>The commands that it sends to the store.</summary>
    public StoreCommands Commands { get; } = new();

    public static async Task<ChatReplica> StartAsync(string connectionString)
    {
        var replica = new ChatReplica(connectionString);
        await replica.InitializeAsync();
        return replica;
    }

    /// <summary>The same person as a client of this process.</summary>
    public Person Of(Person person) => new(person.Id, ClientFor(person.Id));

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        base.ConfigureWebHost(builder);
        Commands.Record(builder, connectionString);
    }

    private sealed record Borrowed(string ConnectionString) : ITestDatabase
    {
        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}

/// <summary>A signed-in user, with what users do.</summary>
public sealed record Person(Guid Id, HttpClient Http)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerOptions.Web) { Converters = { new JsonStringEnumConverter() } };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public Task<HttpResponseMessage> TryStartDirectAsync(Guid other) =>
        Http.PostAsJsonAsync("/conversations", new { kind = "direct", userId = other }, Cancel);

    public async Task<Guid> StartDirectAsync(Person other) => (await OkAsync(TryStartDirectAsync(other.Id)))["id"]!.GetValue<Guid>();

    public Task<HttpResponseMessage> TryStartGroupAsync(string title, params Guid[] members) =>
        Http.PostAsJsonAsync("/conversations", new { kind = "group", title, memberIds = members }, Cancel);

    public async Task<Guid> StartGroupAsync(string title, params Person[] members) =>
        (await OkAsync(TryStartGroupAsync(title, [.. members.Select(member => member.Id)])))["id"]!.GetValue<Guid>();

    public Task<HttpResponseMessage> TryAddAsync(Guid group, params IEnumerable<Guid> members) =>
        Http.PostAsJsonAsync($"/conversations/{group}/members", new { userIds = members }, Cancel);

    public async Task AddAsync(Guid group, params IEnumerable<Person> members) => await DoneAsync(TryAddAsync(group, members.Select(member => member.Id)));

    public Task<HttpResponseMessage> TryRemoveAsync(Guid group, Guid member) => Http.DeleteAsync($"/conversations/{group}/members/{member}", Cancel);

    /// <summary>Who removes himself leaves.</summary>
    public async Task RemoveAsync(Guid group, Person member) => await DoneAsync(TryRemoveAsync(group, member.Id));

    public Task<HttpResponseMessage> TrySendAsync(Guid conversation, string text, Guid? key = null) =>
        Http.PostAsJsonAsync($"/conversations/{conversation}/messages", new { clientMessageId = key ?? Guid.NewGuid(), text }, Cancel);

    public async Task<long> SendAsync(Guid conversation, string text = "hello", Guid? key = null) =>
        (await OkAsync(TrySendAsync(conversation, text, key)))["seq"]!.GetValue<long>();

    public async Task<JsonNode> GetAsync(string path) => await OkAsync(Http.GetAsync(path, Cancel));

    public async Task<JsonNode> PutAsync(string path, object body) => await OkAsync(Http.PutAsJsonAsync(path, body, Cancel));

    /// <returns>How far the person has read then, and how many messages are unread.</returns>
    public async Task<(long Seq, long Unread)> ReadAsync(Guid conversation, long seq)
    {
        var mark = await PutAsync($"/conversations/{conversation}/read", new { seq });
        return (mark["readSeq"]!.GetValue<long>(), mark["unread"]!.GetValue<long>());
    }

    public async Task<JsonArray> SyncAsync(Dictionary<Guid, long> conversations) =>
        (await OkAsync(Http.PostAsJsonAsync("/sync", new { conversations }, Cancel)))["conversations"]!.AsArray();

    /// <summary>This conversation as the person's list shows it.</summary>
    public async Task<JsonNode> ListedAsync(Guid conversation) =>
        (await GetAsync("/conversations?limit=100"))["items"]!.AsArray().Single(item => item!["id"]!.GetValue<Guid>() == conversation)!;

    /// <summary>Waits until the person's list shows it so: the list follows the log by a second.</summary>
    public async Task<JsonNode> ListedAsync(Guid conversation, Func<JsonNode, bool> fits)
    {
        var deadline = DateTime.UtcNow.AddSeconds(10);
        while (true)
        {
            var listed = await ListedAsync(conversation);
            if (fits(listed))
                return listed;

            Assert.True(DateTime.UtcNow < deadline, $"never listed so: {listed}");
            await Task.Delay(20, Cancel);
        }
    }

    /// <summary>All messages, oldest first, page by page. The first is that the conversation began.</summary>
    internal async Task<IReadOnlyList<Message>> LogAsync(Guid conversation, int limit = 200)
    {
        List<Message> log = [];
        var after = "0";
        while (after is not null)
        {
            var page = await GetAsync($"/conversations/{conversation}/messages?after={after}&limit={limit}");
            log.AddRange(page["items"].Deserialize<Message[]>(Json)!);
            after = page["next"]?.GetValue<string>();
        }

        return log;
    }

    /// <summary>The places of all messages, that of the beginning included.</summary>
    public async Task<IEnumerable<long>> PlacesAsync(Guid conversation, int limit = 200) => (await LogAsync(conversation, limit)).Select(message => message.Seq);

    /// <summary>The places of a conversation's beginning and of so many messages behind it.</summary>
    public static IEnumerable<long> Places(int messages) => Enumerable.Range(1, messages + 1).Select(seq => (long)seq);

    public static async Task DoneAsync(Task<HttpResponseMessage> call)
    {
        using var response = await call;
        Assert.True(response.StatusCode is HttpStatusCode.NoContent, $"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync(Cancel)}");
    }

    public static async Task<JsonNode> OkAsync(Task<HttpResponseMessage> call)
    {
        using var response = await call;
        var body = await response.Content.ReadAsStringAsync(Cancel);
        Assert.True(response.IsSuccessStatusCode, $"{(int)response.StatusCode} {body}");
        return JsonNode.Parse(body)!;
    }

    public static async Task RefusedAsync(Task<HttpResponseMessage> call, HttpStatusCode status, string code)
    {
        using var response = await call;
        var problem = await response.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        Assert.Equal(status, response.StatusCode);
        Assert.Equal(code, problem.GetProperty("code").GetString());
    }
}
