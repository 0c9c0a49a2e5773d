using ChatApp.LocalStack.Sidecar.Policies;
using Microsoft.AspNetCore.Http;

namespace ChatApp.LocalStack.Sidecar.Invocation;

/// <summary>An app's answer that counts as failure for a policy; the last one of all attempts goes to the caller as it is.</summary>
internal sealed class AppFailure : StatusException
{
    private readonly HttpResponseMessage _answer;
    private readonly byte[] _body;

    private AppFailure(HttpResponseMessage answer, byte[] body)
        : base((int)answer.StatusCode, $"the app answered {(int)answer.StatusCode}") => (_answer, _body) = (answer, body);

    public static async Task<AppFailure> ReadAsync(HttpResponseMessage answer, CancellationToken ct) =>
        new(answer, await answer.Content.ReadAsByteArrayAsync(ct));

    public async Task WriteAsync(HttpResponse response)
    {
        response.StatusCode = Code;
        InvokeHeaders.CopyTo(response, _answer);
        await response.Body.WriteAsync(_body);
    }
}
