using ChatApp.Contracts;
using ChatApp.Platform.Messaging;
using ChatApp.User.Profiles;

namespace ChatApp.User;

/// <summary>A profile begins with auth's news of a new user.</summary>
internal static class AuthEvents
{
    public static void MapAuthEvents(this WebApplication app) =>
        app.MapEvents(UserRegistered.Topic).On<UserRegistered>(app.Services.GetRequiredService<ProfileStore>().HandleAsync);
}
