using ChatApp.Notification.Directory;
using ChatApp.Notification.Memberships;
using ChatApp.Platform.ReadModels;

namespace ChatApp.Notification;

/// <summary>What can be compared with its owner's state and made anew by <c>./chat rebuild</c>.</summary>
internal static class ReadModels
{
    public static void AddReadModels(this IServiceCollection services)
    {
        services.AddSingleton(provider => provider.GetRequiredService<UserDirectory>().Copy);
        services.AddSingleton(provider => provider.GetRequiredService<BlockStore>().Copy);
        services.AddSingleton<IReadModel, ConversationCopy>();
        services.AddSingleton<IReadModel, MemberCopy>();
        services.AddSingleton<IReadModel, MarkCopy>();
    }
}
