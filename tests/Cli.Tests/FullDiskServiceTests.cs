using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using ChatApp.Contracts;

namespace ChatApp.Cli.Tests;

/// <summary>Services that run while the disk of their database becomes full.</summary>
[Collection(typeof(OneSmallDisk))]
public sealed class FullDiskServiceTests(SmallDisk disk) : IDisposable
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => disk.MakeSpace();

    [Fact]
    public async Task Chat_acknowledges_no_message_that_is_not_stored_and_goes_on_when_there_is_space()
    {
        await using var chat = new StartedService<Chat.Conversations.StartConversation>("chat", disk.Mongo().Url);
        await chat.InitializeAsync();
        var (ann, bob) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        Assert.Equal("SUCCESS", await chat.DeliverAsync(new ProfileUpdated(bob, "bob", "Bob", null, 1, DateTimeOffset.UtcNow)));
        using var http = chat.ClientFor(ann);
        using var started = await http.PostAsJsonAsync("/conversations", new { kind = "direct", userId = bob }, Cancel);
        var messages = $"{started.Headers.Location}/messages";
        disk.Fill();

        List<Guid> keys = [];
        await IsRefusedAsync("message_not_confirmed", () =>
        {
            keys.Add(Guid.NewGuid());
            return SendAsync(keys[^1], keys.Count);
        });
        Assert.Equal(keys.SkipLast(1), await StoredAsync());

        disk.MakeSpace();
        await IsDoneAsync(SendAsync(keys[^1], keys.Count));
        Assert.Equal(keys, await StoredAsync());

        Task<HttpResponseMessage> SendAsync(Guid key, int number) => http.PostAsJsonAsync(messages, new { clientMessageId = key, text = SmallDisk.Noise(number) }, Cancel);

        async Task<IEnumerable<Guid>> StoredAsync() => (await http.GetFromJsonAsync<JsonElement>($"{messages}?after=1&limit=200", Cancel))
            .GetProperty("items").EnumerateArray().Select(message => message.GetProperty("clientMessageId").GetGuid());
    }

    [Fact]
    public async Task Chat_takes_an_event_later() => await TakesLaterAsync<Chat.Conversations.StartConversation, ProfileUpdated>(
        "chat", disk.Mongo().Url, user => new ProfileUpdated(user, $"user_{user:N}", SmallDisk.Noise(1), null, 1, DateTimeOffset.UtcNow));

    [Fact]
    public async Task User_takes_an_event_later() => await TakesLaterAsync<User.Profiles.ChangeProfile, UserRegistered>(
        "user", await disk.PostgresAsync(), user => new UserRegistered(user, $"{user:N}"[..30], "A user", DateTimeOffset.UtcNow));

    private async Task TakesLaterAsync<TEntryPoint, TEvent>(string appId, string connectionString, Func<Guid, TEvent> about)
        where TEntryPoint : class
        where TEvent : IEvent
    {
        await using var service = new StartedService<TEntryPoint>(appId, connectionString);
        await service.InitializeAsync();
        disk.Fill();

        var (told, said) = (about(Guid.NewGuid()), "SUCCESS");
        while (said == "SUCCESS")
            said = await service.DeliverAsync(told = about(Guid.NewGuid()));
        Assert.Equal("RETRY", said);

        disk.MakeSpace();
        Assert.Equal("SUCCESS", await service.DeliverAsync(told));
    }

    /// <summary>Pages that were there before have room for some; then the client is told to try again.</summary>
    private static async Task IsRefusedAsync(string code, Func<Task<HttpResponseMessage>> write)
    {
        using var refused = await UntilRefusedAsync(write);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.NotNull(refused.Headers.RetryAfter);
        Assert.Equal("application/problem+json", refused.Content.Headers.ContentType?.MediaType);
        Assert.Equal(code, (await refused.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("code").GetString());
    }

    private static async Task<HttpResponseMessage> UntilRefusedAsync(Func<Task<HttpResponseMessage>> write)
    {
        while (true)
        {
            var answer = await write();
            if (!answer.IsSuccessStatusCode)
                return answer;

            answer.Dispose();
        }
    }

    private static async Task IsDoneAsync(Task<HttpResponseMessage> write)
    {
        using var answer = await write;
        Assert.True(answer.IsSuccessStatusCode, $"{answer}");
    }
}
