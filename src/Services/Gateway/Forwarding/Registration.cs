using System.Net;
using System.Text.Json;
using Microsoft.Extensions.Options;

namespace ChatApp.Gateway.Forwarding;

/// <summary>
/// A newcomer's profile is made from the event that registration publishes. The answer waits for it a moment, so that the newcomer's next call finds it; the
/// answer is auth's, whether or not the profile came in time.
/// </summary>
internal sealed class Registration(Sidecar sidecar, IOptions<Deadlines> deadlines, ILogger<Registration> logger)
    : ForwardedCall(PublicRoutes.Auth, sidecar)
{
    private const int MaxAnswer = 64 * 1024;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(25);

    private readonly Sidecar _sidecar = sidecar;

    public override async ValueTask<bool> TransformResponseAsync(HttpContext context, HttpResponseMessage? response, CancellationToken ct)
    {
        var passes = await base.TransformResponseAsync(context, response, ct);
        if (passes && response!.StatusCode == HttpStatusCode.Created)
        {
            await response.Content.LoadIntoBufferAsync(MaxAnswer, ct);
            await WaitForProfileAsync(await response.Content.ReadAsByteArrayAsync(ct), ct);
        }

        return passes;
    }

    private async Task WaitForProfileAsync(byte[] answer, CancellationToken ct)
    {
        var newcomer = JsonSerializer.Deserialize<Newcomer>(answer, JsonSerializerOptions.Web)!;
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limited.CancelAfter(deadlines.Value.Profile);
        try
        {
            while (!await HasProfileAsync(newcomer, limited.Token))
                await Task.Delay(Pause, limited.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            logger.LogWarning("The profile of {UserId} was not there within {Deadline}", newcomer.UserId, deadlines.Value.Profile);
        }
    }

    private async Task<bool> HasProfileAsync(Newcomer newcomer, CancellationToken ct)
    {
        try
        {
            using var response = await _sidecar.GetAsync(PublicRoutes.User, $"/users/{newcomer.UserId}", $"Bearer {newcomer.AccessToken}", ct);
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private sealed record Newcomer(Guid UserId, string AccessToken);
}
