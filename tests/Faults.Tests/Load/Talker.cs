using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Text.Json;
using ChatApp.Faults.Tests.History;

namespace ChatApp.Faults.Tests.Load;

/// <summary>
/// A client as the API asks for one: it sends again with the same key until it has an answer, keeps the change number of each conversation, takes what the
/// stream brings, and syncs after each reconnect and wherever the stream left something out.
/// </summary>
public sealed class Talker : IAsyncDisposable
{
    private const string Password = "correct horse battery staple";

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly HttpClient _http;
    private readonly BearerHandler _bearer;
    private readonly Journal _journal;
    private readonly string _email;
    private readonly ConcurrentDictionary<Guid, Mailbox> _mailboxes = new();
    private readonly SemaphoreSlim _syncing = new(1);
    private readonly CancellationTokenSource _stop = new();
    private Task _listening = Task.CompletedTask;

    private Talker(HttpClient http, BearerHandler bearer, Journal journal, string email) =>
        (_http, _bearer, _journal, _email) = (http, bearer, journal, email);

    public Guid Id { get; private set; }

    public string AccessToken => _bearer.Token;

    public IReadOnlyDictionary<Guid, Mailbox> Mailboxes => _mailboxes;

    public static async Task<Talker> SignUpAsync(Uri gateway, Journal journal, CancellationToken ct)
    {
        var username = $"t{Guid.NewGuid().ToString("N")[20..]}";
        var bearer = new BearerHandler();
        var http = new HttpClient(bearer) { BaseAddress = gateway, Timeout = TimeSpan.FromSeconds(20) };
        var talker = new Talker(http, bearer, journal, $"{username}@example.com");
        using var answer = await http.PostAsJsonAsync("/api/auth/register", new { email = talker._email, username, password = Password }, ct);
        await talker.AcceptAsync(answer, ct);
        return talker;
    }

    public async Task LogInAsync(CancellationToken ct)
    {
        using var answer = await _http.PostAsJsonAsync("/api/auth/login", new { email = _email, password = Password }, ct);
        await AcceptAsync(answer, ct);
    }

    /// <summary>Listens until disposed.</summary>
    public void Listen() => _listening = ListenAsync(_stop.Token);

    public async Task<Guid> StartGroupAsync(string title, IEnumerable<Guid> memberIds, CancellationToken ct) =>
        await StartAsync(new { kind = "group", title, memberIds }, ct);

    public async Task<Guid> StartDirectAsync(Guid userId, CancellationToken ct) => await StartAsync(new { kind = "direct", userId }, ct);

    /// <summary>Sends until it is answered, with one key. Now and then it sends an acknowledged message again, or another text under its key.</summary>
    public async Task SayAsync(Guid conversation, string text, CancellationToken ct)
    {
        var key = Guid.NewGuid();
        Message? first;
        for (var waited = Stopwatch.StartNew(); ; await Task.Delay(Pause, ct))
        {
            (var status, first) = await TrySendAsync(conversation, key, text);
            if (first is not null)
                break;
            if (waited.Elapsed > FaultySystem.Patience)
                throw new TimeoutException($"{Id} can't send to {conversation}: the last answer of {_http.BaseAddress} was {status?.ToString() ?? "none"}");
        }

        _journal.Acknowledge(first);
        if (first.Text != text || first.ClientMessageId != key || first.SenderId != Id || first.ConversationId != conversation)
            _journal.Contradict($"the send of {key} was acknowledged with another message: {first}");

        if (first.Seq % 7 == 0)
            await RepeatAsync(first);
        if (first.Seq % 11 == 0)
            await ReuseKeyAsync(first);
    }

    /// <summary>Everything that there is, until nothing more comes.</summary>
    public async Task CatchUpAsync(CancellationToken ct)
    {
        for (var waited = Stopwatch.StartNew(); !await TrySyncAsync(ct); await Task.Delay(Pause, ct))
        {
            if (waited.Elapsed > FaultySystem.Patience)
                throw new TimeoutException($"{Id} gets no end of sync from {_http.BaseAddress}");
        }
    }

    /// <summary>A conversation's whole history, by pages.</summary>
    public async Task<IReadOnlyList<Message>> HistoryAsync(Guid conversation, CancellationToken ct)
    {
        List<Message> history = [];
        for (string? after = "0"; after is not null;)
        {
            var page = await GetAsync($"/api/conversations/{conversation}/messages?limit=200&after={after}", ct);
            history.AddRange(page.GetProperty("items").EnumerateArray().Select(Message.From));
            after = page.GetProperty("next").GetString();
        }

        return history;
    }

    /// <summary>The unread entries of his inbox that are about conversations.</summary>
    public async Task<IReadOnlyList<(Guid ConversationId, Notified Entry)>> NotificationsAsync(CancellationToken ct)
    {
        List<(Guid, Notified)> found = [];
        for (var path = "/api/notifications?limit=100"; path is not null;)
        {
            var page = await GetAsync(path, ct);
            found.AddRange(
                from item in page.GetProperty("items").EnumerateArray()
                where item.GetProperty("kind").GetString() == "message" && item.GetProperty("readAt").ValueKind is JsonValueKind.Null
                select (item.GetProperty("conversationId").GetGuid(), new Notified(item.GetProperty("lastSeq").GetInt64(), item.GetProperty("count").GetInt64())));
            path = page.GetProperty("next").GetString() is { } next ? $"/api/notifications?limit=100&before={Uri.EscapeDataString(next)}" : null;
        }

        return found;
    }

    /// <summary>His conversations as the list shows them: the last message's number, and how many are unread.</summary>
    public async Task<IReadOnlyDictionary<Guid, (long LastSeq, long Unread)>> ConversationsAsync(CancellationToken ct)
    {
        var list = await GetAsync("/api/conversations?limit=100", ct);
        return list.GetProperty("items").EnumerateArray().ToDictionary(
            item => item.GetProperty("id").GetGuid(),
            item => (
                item.GetProperty("lastMessage") is { ValueKind: JsonValueKind.Object } last ? last.GetProperty("seq").GetInt64() : 0,
                item.GetProperty("unread").GetInt64()));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _listening;
        _http.Dispose();
        _stop.Dispose();
    }

    private async Task<Guid> StartAsync(object conversation, CancellationToken ct)
    {
        using var answer = await _http.PostAsJsonAsync("/api/conversations", conversation, ct);
        var body = await answer.Content.ReadAsStringAsync(ct);
        Assert.True(answer.IsSuccessStatusCode, body);
        return JsonSerializer.Deserialize<JsonElement>(body).GetProperty("id").GetGuid();
    }

    private async Task RepeatAsync(Message first)
    {
        _journal.Count("sends repeated");
        var (status, again) = await TrySendAsync(first.ConversationId, first.ClientMessageId, first.Text);
        if (status is HttpStatusCode.Created || (again is not null && again != first))
            _journal.Contradict($"{first} was sent again and answered {status}: {again}");
    }

    private async Task ReuseKeyAsync(Message first)
    {
        _journal.Count("keys used again for another text");
        var (status, taken) = await TrySendAsync(first.ConversationId, first.ClientMessageId, first.Text + " or not");
        if (taken is not null)
            _journal.Contradict($"another text was taken under the key of {first}: {status} {taken}");
    }

    /// <summary>The message is there only where the answer says that it is stored.</summary>
    private async Task<(HttpStatusCode? Status, Message? Message)> TrySendAsync(Guid conversation, Guid clientMessageId, string text)
    {
        try
        {
            using var answer = await _http.PostAsJsonAsync($"/api/conversations/{conversation}/messages", new { clientMessageId, text });
            if (answer.StatusCode is HttpStatusCode.Unauthorized)
                await LogInAsync(_stop.Token);
            if (!answer.IsSuccessStatusCode)
            {
                _journal.Count($"sends answered {(int)answer.StatusCode}");
                return (answer.StatusCode, null);
            }

            return (answer.StatusCode, Message.From(await answer.Content.ReadFromJsonAsync<JsonElement>()));
        }
        catch (Exception exception) when (IsOfTheLine(exception))
        {
            _journal.Count("sends without an answer");
            return (null, null);
        }
    }

    private async Task ListenAsync(CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            try
            {
                await ListenOnceAsync(ct);
            }
            catch (Exception exception) when (IsOfTheLine(exception))
            {
                // Connects again below.
            }

            _journal.Count("streams that ended");
            await Task.Delay(Pause, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ListenOnceAsync(CancellationToken ct)
    {
        using var answer = await _http.GetAsync("/api/stream", HttpCompletionOption.ResponseHeadersRead, ct);
        if (answer.StatusCode is HttpStatusCode.Unauthorized)
            await LogInAsync(ct);
        if (!answer.IsSuccessStatusCode)
            return;

        await using var body = await answer.Content.ReadAsStreamAsync(ct);
        await foreach (var item in SseParser.Create(body).EnumerateAsync(ct))
        {
            var complete = item.EventType switch
            {
                "message" => Take(Message.From(JsonSerializer.Deserialize<JsonElement>(item.Data))),
                "ready" => false,
                _ => true,
            };
            if (!complete)
                await TrySyncAsync(ct);
        }
    }

    private bool Take(Message message)
    {
        _journal.Count("messages that came live");
        return _mailboxes.GetOrAdd(message.ConversationId, _ => new Mailbox()).TryTake(message);
    }

    /// <returns>True when there was nothing more.</returns>
    private async Task<bool> TrySyncAsync(CancellationToken ct)
    {
        await _syncing.WaitAsync(ct);
        try
        {
            var conversations = _mailboxes.ToDictionary(mailbox => mailbox.Key, mailbox => mailbox.Value.Rev);
            using var answer = await _http.PostAsJsonAsync("/api/sync", new { conversations }, ct);
            if (answer.StatusCode is HttpStatusCode.Unauthorized)
                await LogInAsync(ct);
            if (!answer.IsSuccessStatusCode)
                return false;

            var complete = true;
            foreach (var changed in (await answer.Content.ReadFromJsonAsync<JsonElement>(ct)).GetProperty("conversations").EnumerateArray())
                complete &= await TakeAsync(changed, ct);
            return complete;
        }
        catch (Exception exception) when (IsOfTheLine(exception) && !ct.IsCancellationRequested)
        {
            return false;
        }
        finally
        {
            _syncing.Release();
        }
    }

    private async Task<bool> TakeAsync(JsonElement changed, CancellationToken ct)
    {
        var id = changed.GetProperty("conversationId").GetGuid();
        var mailbox = _mailboxes.GetOrAdd(id, _ => new Mailbox());
        switch (changed.GetProperty("reset").GetString())
        {
            case null:
                var changes = changed.GetProperty("changes").EnumerateArray().Select(Message.From).ToList();
                changes.ForEach(_ => _journal.Count("messages that sync brought"));
                mailbox.Take(changes, changed.GetProperty("rev").GetInt64());
                return !changed.GetProperty("hasMore").GetBoolean();

            case "new":
                var history = await HistoryAsync(id, ct);
                mailbox.Take(history, history.Count == 0 ? 0 : history.Max(message => message.Rev));
                return false;

            case var reset:
                _journal.Contradict($"sync answered {id} with reset {reset}");
                return true;
        }
    }

    private async Task<JsonElement> GetAsync(string path, CancellationToken ct)
    {
        using var answer = await _http.GetAsync(path, ct);
        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadFromJsonAsync<JsonElement>(ct);
    }

    private async Task AcceptAsync(HttpResponseMessage answer, CancellationToken ct)
    {
        answer.EnsureSuccessStatusCode();
        var signedIn = await answer.Content.ReadFromJsonAsync<JsonElement>(ct);
        Id = signedIn.GetProperty("userId").GetGuid();
        _bearer.Token = signedIn.GetProperty("accessToken").GetString()!;
    }

    private static bool IsOfTheLine(Exception exception) => exception is HttpRequestException or IOException or OperationCanceledException or JsonException;
}
