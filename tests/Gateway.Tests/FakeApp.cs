using System.Collections.Concurrent;
using System.Net;
using System.Text;

namespace ChatApp.Gateway.Tests;

/// <summary>What a service received.</summary>
internal sealed record ReceivedCall(HttpMethod Method, string PathAndQuery, string Body, IReadOnlyDictionary<string, string> Headers);

/// <summary>A service that does what a test says, misbehaviour included. Unless told otherwise it answers 404.</summary>
internal sealed class FakeApp : HttpMessageHandler
{
    private readonly ConcurrentDictionary<string, Func<CancellationToken, Task<HttpResponseMessage>>> _answers = new();

    public ConcurrentQueue<ReceivedCall> Calls { get; } = new();

    public FakeApp Answers(string path, string json, HttpStatusCode status = HttpStatusCode.OK, string type = "application/json") =>
        Answers(path, _ => Task.FromResult(Answer(json, status, type)));

    public FakeApp Answers(string path, Func<CancellationToken, Task<HttpResponseMessage>> answer)
    {
        _answers[path] = answer;
        return this;
    }

    public FakeApp Hangs(string path) => Answers(path, async ct =>
    {
        await Task.Delay(Timeout.Infinite, ct);
        throw new InvalidOperationException("never comes here");
    });

    public static HttpResponseMessage Answer(string json, HttpStatusCode status = HttpStatusCode.OK, string type = "application/json") =>
        new(status) { Content = new StringContent(json, Encoding.UTF8, type) };

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Calls.Enqueue(new ReceivedCall(
            request.Method,
            request.RequestUri!.PathAndQuery,
            request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken),
            request.Headers.Concat(request.Content?.Headers.AsEnumerable() ?? [])
                .ToDictionary(header => header.Key, header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase)));

        return _answers.TryGetValue(request.RequestUri.AbsolutePath, out var answer)
            ? await answer(cancellationToken)
            : Answer("""{"status":404,"code":"not_found"}""", HttpStatusCode.NotFound, "application/problem+json");
    }
}
