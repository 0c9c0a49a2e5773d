namespace ChatApp.Chat.Directory;

/// <summary>This service's copy of what others see of a user; the newest <see cref="Version"/> wins.</summary>
/// <param name="Version">The profile's version; 0 when only an answer of the user service, and no event, told of it.</param>
internal sealed record KnownUser(Guid Id, string Username, string DisplayName, string? AvatarUrl, long Version);

/// <summary>How a user is shown beside what he wrote.</summary>
internal sealed record UserCard(string Username, string DisplayName, string? AvatarUrl)
{
    public static UserCard Of(KnownUser user) => new(user.Username, user.DisplayName, user.AvatarUrl);
}
