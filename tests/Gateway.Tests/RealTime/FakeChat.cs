using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.IdentityModel.JsonWebTokens;

namespace ChatApp.Gateway.Tests.RealTime;

/// <summary>Chat, as far as streams ask it: it says which conversations the caller is in, and when a test wants, late or not at all.</summary>
internal sealed class FakeChat : HttpMessageHandler
{
    private readonly ConcurrentDictionary<Guid, ConcurrentDictionary<Guid, long>> _memberships = new();
    private readonly ConcurrentDictionary<Guid, Func<HttpResponseMessage, CancellationToken, Task<HttpResponseMessage>>> _answers = new();

    /// <summary>Who asked, in order.</summary>
    public ConcurrentQueue<Guid> Asked { get; } = new();

    /// <summary>Makes members, with the change number <paramref name="rev"/>, and tells nobody.</summary>
    public Guid Join(Guid conversationId, IEnumerable<Guid> userIds, long rev = 1)
    {
        foreach (var userId in userIds)
            _memberships.GetOrAdd(userId, _ => new())[conversationId] = rev;
        return conversationId;
    }

    /// <summary>Keeps this person's answer back, as it is when it is asked for.</summary>
    public HeldAnswer Hold(Guid userId)
    {
        var held = new HeldAnswer();
        _answers[userId] = async (answer, ct) =>
        {
            held.WasAsked.TrySetResult();
            await held.MayGo.Task.WaitAsync(ct);
            return answer;
        };
        return held;
    }

    public void Answers(Guid userId, string json) => _answers[userId] = (_, _) => Task.FromResult(FakeApp.Answer(json));

    public void Fails(Guid userId) =>
        _answers[userId] = (_, _) => Task.FromResult(new HttpResponseMessage(HttpStatusCode.ServiceUnavailable));

    public void Recovers(Guid userId) => _answers.TryRemove(userId, out _);

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.Method != HttpMethod.Get || request.RequestUri!.PathAndQuery != "/memberships")
            return Task.FromResult(new HttpResponseMessage(HttpStatusCode.NotFound));

        var caller = Guid.Parse(new JsonWebToken(request.Headers.Authorization!.Parameter).Subject);
        Asked.Enqueue(caller);
        var items = _memberships.GetValueOrDefault(caller, [])
            .Select(membership => $$"""{"conversationId":"{{membership.Key}}","rev":{{membership.Value}}}""");
        var answer = FakeApp.Answer(new StringBuilder("""{"items":[""").AppendJoin(',', items).Append("]}").ToString());
        return _answers.TryGetValue(caller, out var how) ? how(answer, cancellationToken) : Task.FromResult(answer);
    }
}

internal sealed class HeldAnswer
{
    public TaskCompletionSource WasAsked { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TaskCompletionSource MayGo { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}
