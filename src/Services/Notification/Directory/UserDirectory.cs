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

    /// <summary>Without those whose profiles have not been told of yet.</summary>
    public async Task<IReadOnlyDictionary<Guid, string>> NamesOfAsync(IEnumerable<Guid> userIds, CancellationToken ct) =>
        (await _users.Find(Filter.In(user => user.Id, userIds)).ToListAsync(ct)).ToDictionary(user => user.Id, user => user.DisplayName);

    internal sealed record KnownUser(Guid Id, string DisplayName, long Version);
}
