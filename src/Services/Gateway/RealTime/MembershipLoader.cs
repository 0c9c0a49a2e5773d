using System.Text.Json;
using System.Text.Json.Serialization;
using ChatApp.Gateway.Forwarding;
using Microsoft.Extensions.Options;

namespace ChatApp.Gateway.RealTime;

/// <summary>Asks chat, once for all streams of a person, which conversations the person is in.</summary>
internal sealed class MembershipLoader(
    Sidecar sidecar, OnlineMembers members, IOptions<StreamLimits> limits, TimeProvider time, ILogger<MembershipLoader> logger)
{
    /// <returns>False when chat could not say; the next stream asks anew.</returns>
    public Task<bool> LoadAsync(OnlinePerson person, string authorization)
    {
        lock (person)
            return person.Loading ??= StartAsync(person, authorization);
    }

    private async Task<bool> StartAsync(OnlinePerson person, string authorization)
    {
        // Not under the lock of the caller.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            members.Load(person, await AskAsync(authorization));
            return true;
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or JsonException or OperationCanceledException)
        {
            logger.LogWarning("The memberships of {UserId} could not be had: {Reason}", person.Id, exception.Message);
            lock (person)
                person.Loading = null;
            return false;
        }
    }

    private async Task<IReadOnlyList<LoadedMembership>> AskAsync(string authorization)
    {
        using var limit = new CancellationTokenSource(limits.Value.Load, time);
        using var response = await sidecar.GetAsync(PublicRoutes.Chat, "/memberships", authorization, limit.Token);
        response.EnsureSuccessStatusCode();
        return (await response.Content.ReadFromJsonAsync(MembershipJson.Default.LoadedMemberships, limit.Token))!.Items;
    }
}

/// <param name="Rev">The change number with which the person became a member.</param>
[method: JsonConstructor]
internal readonly record struct LoadedMembership(Guid ConversationId, long Rev);

/// <summary>What chat answers.</summary>
internal sealed record LoadedMemberships(IReadOnlyList<LoadedMembership> Items);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(LoadedMemberships))]
internal sealed partial class MembershipJson : JsonSerializerContext;
