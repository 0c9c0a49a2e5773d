using ChatApp.Chat.Conversations;
using ChatApp.Chat.Directory;
using ChatApp.Chat.Memberships;
using ChatApp.Platform.ReadModels;

namespace ChatApp.Chat;

/// <summary>What can be compared with its source and made anew by <c>./chat rebuild</c>, and what other services compare theirs with.</summary>
internal static class ReadModels
{
    public static void AddReadModels(this IServiceCollection services)
    {
        services.AddSingleton<IReadModel, ConversationList>();
        services.AddSingleton<IReadModel, MemberList>();
        services.AddSingleton(provider => provider.GetRequiredService<UserDirectory>().Copy);
        services.AddSingleton(provider => provider.GetRequiredService<BlockStore>().Copy);
        services.AddSingleton(provider => new OwnedState("memberships", provider.GetRequiredService<MembershipStore>().StateAsync));
        services.AddSingleton(provider => new OwnedState("members", provider.GetRequiredService<MemberState>().ReadAsync));
        services.AddSingleton<MemberState>();
    }
}
