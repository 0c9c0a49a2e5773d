using ChatApp.Contracts;
using ChatApp.Platform.Messaging;

namespace ChatApp.Chat.Directory;

/// <summary>What this service must know of users: names to show, and who may not write to whom.</summary>
internal static class UserEvents
{
    public static void MapUserEvents(this WebApplication app)
    {
        app.MapEvents(ProfileUpdated.Topic).On<ProfileUpdated>(app.Services.GetRequiredService<UserDirectory>().HandleAsync);
        app.MapEvents(BlockChanged.Topic).On<BlockChanged>(app.Services.GetRequiredService<BlockStore>().HandleAsync);
    }
}
