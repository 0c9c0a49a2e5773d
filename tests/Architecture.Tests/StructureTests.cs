using System.Xml.Linq;

namespace ChatApp.Architecture.Tests;

public sealed class StructureTests
{
    private static readonly string[] DomainWords =
    [
        "Message", "Messages", "Conversation", "Conversations", "Chat", "Friend", "Friends", "Block", "Blocks", "Profile", "Profiles", "Member", "Members",
        "Membership", "Notification", "Notifications", "Receipt", "Account", "Accounts", "Contact", "Contacts",
    ];

    private static readonly string[] EmptyNames = ["Service", "Services", "Helper", "Helpers", "Util", "Utils", "Manager", "Common"];

    [Fact]
    public void The_platform_knows_no_word_of_the_domain() =>
        Assert.DoesNotContain(Assemblies.Platform.Written(), type => Assemblies.Words(type.Name).Intersect(DomainWords).Any());

    [Fact]
    public void The_contracts_need_nothing_but_the_framework()
    {
        Assert.All(Assemblies.Contracts.GetReferencedAssemblies(), reference => Assert.StartsWith("System.", reference.Name, StringComparison.Ordinal));
        Assert.Empty(References("src/Shared/Contracts/Contracts.csproj"));
    }

    [Fact]
    public void Services_share_contracts_and_platform_and_nothing_else() =>
        Assert.All(
            Directory.EnumerateFiles(Path.Combine(Repository.Root, "src/Services"), "*.csproj", SearchOption.AllDirectories),
            project => Assert.DoesNotContain(
                References(project, "ProjectReference"),
                reference => Path.GetFileNameWithoutExtension(reference) is not ("Contracts" or "Platform")));

    [Fact]
    public void Services_are_the_five_that_are_known() =>
        Assert.Equal(
            ["ChatApp.Auth", "ChatApp.Chat", "ChatApp.Gateway", "ChatApp.Notification", "ChatApp.User"],
            Assemblies.Services.Select(service => service.GetName().Name).Order(StringComparer.Ordinal));

    [Fact]
    public void No_type_is_named_for_nothing() =>
        Assert.Empty(Assemblies.Services.Append(Assemblies.Platform).Append(Assemblies.Contracts)
            .SelectMany(assembly => assembly.Written())
            .Where(type => type.Name is not "ServiceDefaults" && EmptyNames.Contains(Assemblies.Words(type.Name).LastOrDefault()))
            .Select(type => type.FullName));

    /// <summary>A class that is open to subclasses has one.</summary>
    [Fact]
    public void Classes_of_services_are_sealed() =>
        Assert.Empty(Assemblies.Services
            .SelectMany(service => service.Written().Where(type =>
                type is { IsClass: true, IsAbstract: false, IsSealed: false } && !service.GetTypes().Any(other => other.BaseType == type)))
            .Where(type => type.Name != "Program")
            .Select(type => type.FullName));

    private static IEnumerable<string> References(string project, string kind = "") =>
        XDocument.Load(Path.Combine(Repository.Root, project)).Descendants()
            .Where(element => element.Name.LocalName.EndsWith(kind.Length > 0 ? kind : "Reference", StringComparison.Ordinal))
            .Select(element => element.Attribute("Include")!.Value.Replace('\\', '/'));
}
