using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using ChatApp.Chat.Conversations;
using ChatApp.Contracts;
using ChatApp.Testing;
using MongoDB.Driver;

namespace ChatApp.Chat.Tests;

/// <summary>The chat service on a database of its own.</summary>
public sealed class ChatApi() : ServiceApi<StartConversation>("chat", () => Task.FromResult<ITestDatabase>(new MongoTestDatabase()))
{
    public IMongoDatabase Store => ((MongoTestDatabase)Database!).Open();

    /// <summary>Somebody whom the service has heard of.</summary>
    public async Task<Person> PersonAsync(string name = "Ann")
    {
        var id = Guid.CreateVersion7();
        using var heard = await DeliverAsync(new ProfileUpdated(id, $"{name.ToLowerInvariant()}_{id:N}", name, null, 1, DateTimeOffset.UtcNow));
        heard.EnsureSuccessStatusCode();
        return new Person(id, ClientFor(id));
    }
}

/// <summary>Another process of the service, on a database that is somebody else's to drop.</summary>
public sealed class ChatReplica(string connectionString)
    : ServiceApi<StartConversation>("chat", () => Task.FromResult<ITestDatabase>(new Borrowed(connectionString)))
{
    public static async Task<ChatReplica> StartAsync(string connectionString)
    {
        var replica = new ChatReplica(connectionString);
        await replica.InitializeAsync();
        return replica;
    }

    private sealed record Borrowed(string ConnectionString) : ITestDatabase
    {
        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}

/// <summary>A signed-in user, with what users do.</summary>
public sealed record Person(Guid Id, HttpClient Http)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public Task<HttpResponseMessage> TryStartDirectAsync(Guid other) =>
        Http.PostAsJsonAsync("/conversations", new { kind = "direct", userId = other }, Cancel);

    public async Task<Guid> StartDirectAsync(Person other) => (await OkAsync(TryStartDirectAsync(other.Id)))["id"]!.GetValue<Guid>();

    public Task<HttpResponseMessage> TryStartGroupAsync(string title, params Guid[] members) =>
        Http.PostAsJsonAsync("/conversations", new { kind = "group", title, memberIds = members }, Cancel);

    public async Task<Guid> StartGroupAsync(string title, params Person[] members) =>
        (await OkAsync(TryStartGroupAsync(title, [.. members.Select(member => member.Id)])))["id"]!.GetValue<Guid>();

    public Task<HttpResponseMessage> TrySendAsync(Guid conversation, string text, Guid? key = null) =>
        Http.PostAsJsonAsync($"/conversations/{conversation}/messages", new { clientMessageId = key ?? Guid.NewGuid(), text }, Cancel);

    public async Task<long> SendAsync(Guid conversation, string text = "hello", Guid? key = null) =>
        (await OkAsync(TrySendAsync(conversation, text, key)))["seq"]!.GetValue<long>();

    public async Task<JsonNode> GetAsync(string path) => await OkAsync(Http.GetAsync(path, Cancel));

    public async Task<JsonNode> PutAsync(string path, object body) => await OkAsync(Http.PutAsJsonAsync(path, body, Cancel));

    public async Task<JsonArray> SyncAsync(Dictionary<Guid, long> conversations) =>
        (await OkAsync(Http.PostAsJsonAsync("/sync", new { conversations }, Cancel)))["conversations"]!.AsArray();

    /// <summary>This conversation as the person's list shows it.</summary>
    public async Task<JsonNode> ListedAsync(Guid conversation) =>
        (await GetAsync("/conversations?limit=100"))["items"]!.AsArray().Single(item => item!["id"]!.GetValue<Guid>() == conversation)!;

    /// <summary>Waits until the person's list shows it: the list follows the log by milliseconds.</summary>
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

    /// <summary>The places of all messages, oldest first, page by page.</summary>
    public async Task<long[]> PlacesAsync(Guid conversation, int limit = 200)
    {
        List<long> places = [];
        var after = "0";
        while (after is not null)
        {
            var page = await GetAsync($"/conversations/{conversation}/messages?after={after}&limit={limit}");
            places.AddRange(page["items"]!.AsArray().Select(message => message!["seq"]!.GetValue<long>()));
            after = page["next"]?.GetValue<string>();
        }

        return [.. places];
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
