using ChatApp.Chat.Memberships;
using ChatApp.Chat.Messages;
using ChatApp.Platform.Messaging;
using MongoDB.Driver;

namespace ChatApp.Chat.Conversations;

/// <summary>What a conversation's document shows of its log.</summary>
/// <param name="LastMessage">The last message that somebody wrote; null when none of the messages was written by anybody.</param>
/// <param name="MembersRev">The change number of the last change of the members; 0 when there was none.</param>
internal sealed record LogSummary(Guid ConversationId, long Rev, long Counted, LastMessage? LastMessage, long MembersRev, int MemberCount)
{
    public LogSummary With(StoredMessage message) => new(
        ConversationId,
        Math.Max(Rev, message.Rev),
        Math.Max(Counted, message.Counted),
        message.System is null && message.Rev > (LastMessage?.Rev ?? 0) ? LastMessage.Of(message) : LastMessage,
        message.System is not null && message.Rev > MembersRev ? message.Rev : MembersRev,
        message.System is not null && message.Rev > MembersRev ? message.MemberCount : MemberCount);
}

/// <summary>
/// Brings this service's read models up to date with the logs, about once a second: one update for a conversation and one for a sender, however much was
/// written. The checkpoint stays before what is not projected yet, so a crash repeats it; each step is safe to repeat and none goes back.
/// </summary>
internal sealed class Projections(ConversationStore conversations, MembershipStore marks, MembershipProjection memberships, TimeProvider time, ILogger<Projections> logger)
    : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _any = new(0, 1);
    private Batch _waiting = new();
    private Batch _underWay = new();

    /// <summary>Returns at once.</summary>
    public void Add(IReadOnlyList<StoredMessage> messages, Change change)
    {
        lock (_lock)
        {
            if (_waiting.IsEmpty)
                _any.Release();
            foreach (var message in messages)
                _waiting.Add(message);
            _waiting.Holds.Add(change.Hold());
        }
    }

    /// <summary>How far the user has read by what he sent through this process, as far as it is not stored yet.</summary>
    public ReadMark? MarkOf(Guid conversationId, Guid userId)
    {
        lock (_lock)
            return _waiting.Marks.GetValueOrDefault((conversationId, userId)) ?? _underWay.Marks.GetValueOrDefault((conversationId, userId));
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await _any.WaitAsync(stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await Task.Delay(Interval, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await FlushAsync(stoppingToken.IsCancellationRequested ? CancellationToken.None : stoppingToken);
        }
    }

    private async Task FlushAsync(CancellationToken ct)
    {
        lock (_lock)
            (_waiting, _underWay) = (new Batch(), _waiting);
        if (_underWay.IsEmpty)
            return;

        try
        {
            await memberships.ApplyAsync(_underWay.MemberChanges, ct);
            await conversations.ProjectAsync(_underWay.Logs.Values, ct);
            await marks.HaveReadAsync(_underWay.Marks.Values, ct);
            foreach (var hold in _underWay.Holds)
                hold.Dispose();
            lock (_lock)
                _underWay = new Batch();
        }
        catch (Exception exception) when (exception is MongoException or TimeoutException or OperationCanceledException)
        {
            logger.LogWarning("The read models wait for the database: {Reason}", exception.Message);
            Restore();
        }
    }

    private void Restore()
    {
        lock (_lock)
        {
            _underWay.Add(_waiting);
            if (_waiting.IsEmpty)
                _any.Release();
            (_waiting, _underWay) = (_underWay, new Batch());
        }
    }

    private sealed class Batch
    {
        public Dictionary<Guid, LogSummary> Logs { get; } = [];

        public Dictionary<(Guid ConversationId, Guid UserId), ReadMark> Marks { get; } = [];

        public List<StoredMessage> MemberChanges { get; } = [];

        public List<IDisposable> Holds { get; } = [];

        public bool IsEmpty => Holds.Count == 0;

        public void Add(StoredMessage message)
        {
            var log = Logs.GetValueOrDefault(message.ConversationId) ?? new LogSummary(message.ConversationId, 0, 0, null, 0, 0);
            Logs[message.ConversationId] = log.With(message);
            if (message.System is not null)
                MemberChanges.Add(message);
            else
                Add(new ReadMark(message.ConversationId, message.SenderId, message.Seq, message.Counted));
        }

        public void Add(Batch later)
        {
            foreach (var log in later.Logs.Values)
                Logs[log.ConversationId] = Logs.TryGetValue(log.ConversationId, out var earlier) ? Merge(earlier, log) : log;
            foreach (var mark in later.Marks.Values)
                Add(mark);
            MemberChanges.AddRange(later.MemberChanges);
            Holds.AddRange(later.Holds);
        }

        private void Add(ReadMark mark)
        {
            if (!Marks.TryGetValue((mark.ConversationId, mark.UserId), out var earlier) || earlier.Seq < mark.Seq)
                Marks[(mark.ConversationId, mark.UserId)] = mark;
        }

        private static LogSummary Merge(LogSummary a, LogSummary b) => new(
            a.ConversationId,
            Math.Max(a.Rev, b.Rev),
            Math.Max(a.Counted, b.Counted),
            (b.LastMessage?.Rev ?? 0) > (a.LastMessage?.Rev ?? 0) ? b.LastMessage : a.LastMessage,
            Math.Max(a.MembersRev, b.MembersRev),
            b.MembersRev > a.MembersRev ? b.MemberCount : a.MemberCount);
    }
}
