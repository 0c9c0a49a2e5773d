using ChatApp.Cli.Databases;
using ChatApp.LocalStack.Launch;

namespace ChatApp.Cli.ReadModels;

/// <summary>A read model of a service, and where the truth of it is.</summary>
/// <param name="Owner">The service that owns it; null where it is the service's own.</param>
/// <param name="State">What the owner's program is asked for.</param>
internal sealed record ReadModel(string Name, Target Service, Target? Owner = null, string? State = null)
{
    private static readonly Target User = Of("user"), Chat = Of("chat"), Notification = Of("notification");

    public static readonly IReadOnlyList<ReadModel> All =
    [
        new("user_directory", Chat, User, "profiles"),
        new("user_directory", Notification, User, "profiles"),
        new("blocks", Chat, User, "blocks"),
        new("blocks", Notification, User, "blocks"),
        new("memberships", Notification, Chat, "memberships"),
        new("members", Notification, Chat, "members"),
        new("conversation_list", Chat),
        new("members", Chat),
    ];

    public static IEnumerable<string> Names => All.Select(model => model.Name).Distinct();

    public IEnumerable<Target> Databases => Owner is null ? [Service] : [Service, Owner];

    /// <exception cref="LaunchException">There is no such model.</exception>
    public static IReadOnlyList<ReadModel> Named(string name, string? service)
    {
        var named = All.Where(model => model.Name == name && (service is null || model.Service.Name == service)).ToList();
        return named.Count > 0
            ? named
            : throw new LaunchException($"there is no read model {name}{(service is null ? "" : $" of {service}")}: it is one of {string.Join(", ", Names)}.");
    }

    private static Target Of(string name) => Target.Named(name)[0];
}
