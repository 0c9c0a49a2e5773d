extern alias auth;
extern alias chat;
extern alias gateway;
extern alias notification;
extern alias user;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using ChatApp.Contracts;
using ChatApp.Platform;

namespace ChatApp.Architecture.Tests;

internal static partial class Assemblies
{
    public static Assembly Platform { get; } = typeof(ServiceDefaults).Assembly;

    public static Assembly Contracts { get; } = typeof(IEvent).Assembly;

    public static Assembly[] Services { get; } =
    [
        typeof(auth::Program).Assembly, typeof(user::Program).Assembly, typeof(chat::Program).Assembly,
        typeof(notification::Program).Assembly, typeof(gateway::Program).Assembly,
    ];

    /// <summary>The types that somebody wrote.</summary>
    public static IEnumerable<Type> Written(this Assembly assembly) => assembly.GetTypes().Where(type =>
        type.Namespace?.StartsWith("ChatApp", StringComparison.Ordinal) == true
        && !type.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false)
        && !type.Name.Contains('<', StringComparison.Ordinal));

    /// <summary>The words of a name: <c>MongoOutbox`1</c> has "Mongo" and "Outbox".</summary>
    public static IEnumerable<string> Words(string name) => Word().Matches(name).Select(word => word.Value);

    [GeneratedRegex("[A-Z][a-z]*")]
    private static partial Regex Word();
}
