using System.Net;
using System.Net.Http.Headers;
using ChatApp.Contracts;
using ChatApp.Platform.Messaging;
using ChatApp.Platform.ReadModels;
using Dapr.Client;
using Microsoft.Extensions.Caching.Memory;
using MongoDB.Driver;

namespace ChatApp.Chat.Directory;

/// <summary>Names and avatars, kept from events, so that showing a conversation never calls the user service.</summary>
internal sealed class UserDirectory(IMongoDatabase db, DaprClient dapr) : IDisposable
{
    public const string Collection = "user_directory";

    /// <summary>How long this process may show a name that has changed elsewhere.</summary>
    public static readonly TimeSpan Staleness = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan AskTimeout = TimeSpan.FromSeconds(3);
    private static readonly UpdateOptions Upsert = new() { IsUpsert = true };

    private readonly IMongoCollection<KnownUser> _users = db.GetCollection<KnownUser>(Collection);
    private readonly MemoryCache _recent = new(new MemoryCacheOptions { SizeLimit = 50_000 });
    private readonly HttpClient _userService = dapr.CreateInvokableHttpClient("user");

    /// <summary>The copy, to be held against the user service's own.</summary>
    public IReadModel Copy => new MongoCopy<Guid, KnownUser>(
        Collection,
        _users,
        user => user.Id,
        user => user.Version,
        (type, data) => type == ProfileUpdated.Type ? Known(OwnedState.Event<ProfileUpdated>(data)) : null);

    public void Dispose()
    {
        _recent.Dispose();
        _userService.Dispose();
    }

    /// <summary>Those of the users that are known here.</summary>
    public async Task<IReadOnlyDictionary<Guid, KnownUser>> FindAsync(IEnumerable<Guid> ids, CancellationToken ct)
    {
        var found = new Dictionary<Guid, KnownUser>();
        List<Guid> missing = [];
        foreach (var id in ids.Distinct())
        {
            if (_recent.TryGetValue(id, out KnownUser? user))
                found[id] = user!;
            else
                missing.Add(id);
        }

        if (missing.Count > 0)
        {
            var expires = DateTimeOffset.UtcNow + Staleness;
            foreach (var user in await _users.Find(Builders<KnownUser>.Filter.In(user => user.Id, missing)).ToListAsync(ct))
                _recent.Set(user.Id, found[user.Id] = user, new MemoryCacheEntryOptions { AbsoluteExpiration = expires, Size = 1 });
        }

        return found;
    }

    /// <summary>
    /// Whether all of the users exist. One who has just registered may not have been heard of yet: the user service is asked, in the name of the caller, so
    /// that it can hide whom he must not see.
    /// </summary>
    /// <exception cref="HttpRequestException">The user service can't be reached.</exception>
    public async Task<bool> KnowsAsync(IReadOnlyCollection<Guid> ids, AuthenticationHeaderValue caller, CancellationToken ct)
    {
        var known = await FindAsync(ids, ct);
        foreach (var id in ids.Where(id => !known.ContainsKey(id)))
        {
            if (await AskAsync(id, caller, ct) is not { } user)
                return false;

            await RememberAsync(user, ct);
        }

        return true;
    }

    public Task HandleAsync(Received<ProfileUpdated> received, CancellationToken ct) => RememberAsync(Known(received.Event), ct);

    private static KnownUser Known(ProfileUpdated profile) => new(profile.UserId, profile.Username, profile.DisplayName, profile.AvatarUrl, profile.Version);

    private async Task RememberAsync(KnownUser user, CancellationToken ct)
    {
        try
        {
            await _users.UpdateOneAsync(
                Builders<KnownUser>.Filter.Eq(known => known.Id, user.Id) & Builders<KnownUser>.Filter.Lt(known => known.Version, user.Version),
                Builders<KnownUser>.Update
                    .Set(known => known.Username, user.Username)
                    .Set(known => known.DisplayName, user.DisplayName)
                    .Set(known => known.AvatarUrl, user.AvatarUrl)
                    .Set(known => known.Version, user.Version),
                Upsert,
                ct);
        }
        catch (MongoWriteException exception) when (exception.WriteError?.Category == ServerErrorCategory.DuplicateKey)
        {
            // A newer version is stored already.
        }

        _recent.Remove(user.Id);
    }

    private async Task<KnownUser?> AskAsync(Guid id, AuthenticationHeaderValue caller, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(AskTimeout);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/users/{id}") { Headers = { Authorization = caller } };
        try
        {
            using var response = await _userService.SendAsync(request, limit.Token);
            if (response.StatusCode is HttpStatusCode.NotFound)
                return null;

            response.EnsureSuccessStatusCode();
            var profile = await response.Content.ReadFromJsonAsync<Profile>(limit.Token);
            return new KnownUser(id, profile!.Username, profile.DisplayName, profile.AvatarUrl, Version: 0);
        }
        catch (OperationCanceledException exception) when (!ct.IsCancellationRequested)
        {
            throw new HttpRequestException("The user service did not answer in time.", exception);
        }
    }

    private sealed record Profile(string Username, string DisplayName, string? AvatarUrl);
}
