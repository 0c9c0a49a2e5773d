using System.Net.Http.Headers;

namespace ChatApp.Faults.Tests.Load;

/// <summary>Gives each request the newest access token. A client's default headers may not change while requests are under way.</summary>
internal sealed class BearerHandler() : DelegatingHandler(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(2) })
{
    /// <summary>Empty before the first sign-in.</summary>
    public string Token { get; set; } = "";

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (Token.Length > 0)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        return base.SendAsync(request, cancellationToken);
    }
}
