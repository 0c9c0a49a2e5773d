using ChatApp.Contracts;
using ChatApp.Platform.Database;
using ChatApp.Platform.Messaging;
using ChatApp.Platform.ReadModels;
using MongoDB.Driver;

namespace ChatApp.Notification.Directory;

/// <summary>The names that notifications show: a copy of what the user service tells.</summary>
internal sealed class UserDirectory(IMongoDatabase db)
{
    public const string Collection = "user_directory";

    private static readonly FilterDefinitionBuilder<KnownUser> Filter = Builders<KnownUser>.Filter;

    private readonly IMongoCollection<KnownUser> _users = db.GetCollection<KnownUser>(Collection);

    /// <summary>The copy, to be held against the user service's own.</summary>
    public IReadModel Copy => new MongoCopy<Guid, KnownUser>(
        Collection,
        _users,
        user => user.Id,
        user => user.Version,
        (type, data) => type == ProfileUpdated.Type && OwnedState.Event<ProfileUpdated>(data) is { } profile
            ? new KnownUser(profile.UserId, profile.DisplayName, profile.Version)
            : null);

    public Task HandleAsync(Received<ProfileUpdated> received, CancellationToken ct) =>
        _users.KeepNewestAsync(
            Filter.Eq(user => user.Id, received.Event.UserId),
            received.Event.Version,
            Builders<KnownUser>.Update.Set(user => user.DisplayName, received.Event.DisplayName),
            ct);

    /// <returns>Null for a user whose profile has not been told of yet.</returns>
    public async Task<string?> NameOfAsync(Guid userId, CancellationToken ct) =>
        (await _users.Find(Filter.Eq(user => user.Id, userId)).FirstOrDefaultAsync(ct))?.DisplayName;

    internal sealed record KnownUser(Guid Id, string DisplayName, long Version);
}
