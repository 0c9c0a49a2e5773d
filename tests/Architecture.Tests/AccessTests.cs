using Dapr;
using Microsoft.AspNetCore.Routing;
using YamlDotNet.RepresentationModel;

namespace ChatApp.Architecture.Tests;

/// <summary>Who may call, publish and hear what stands in YAML; what there is to call and to hear stands in the services.</summary>
public sealed class AccessTests(RunningServices services) : IClassFixture<RunningServices>
{
    private static readonly string[] OfPlatform = ["health", "dapr", "events", "openapi"];

    /// <summary>By the first part of the path: Dapr's rules can't be finer (deploy/kubernetes/base/dapr/access.yaml).</summary>
    [Fact]
    public void The_gateway_may_call_what_the_services_offer_and_nothing_else()
    {
        var offered = services.All.Where(service => service.AppId != "gateway").SelectMany(service => service.Routes
            .Where(route => !OfPlatform.Contains(FirstPart(route.RoutePattern.RawText!)))
            .SelectMany(route => route.Metadata.GetRequiredMetadata<IHttpMethodMetadata>().HttpMethods
                .Select(method => $"{service.AppId} {method} {FirstPart(route.RoutePattern.RawText!)}"))
            .Append($"{service.AppId} GET openapi"));

        Assert.Equal(offered.Distinct().Order(StringComparer.Ordinal), Rules("gateway").Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("user")]
    [InlineData("chat")]
    [InlineData("notification")]
    public void A_service_may_ask_for_the_keys_and_nothing_else(string caller) => Assert.Equal(["auth GET .well-known"], Rules(caller));

    [Theory]
    [InlineData("pubsub")]
    [InlineData("realtime")]
    [InlineData("deadletters")]
    public void An_app_may_hear_what_it_reads(string pubSub)
    {
        var scopes = Scopes(pubSub);
        foreach (var service in services.All)
        {
            var reads = service.Routes.SelectMany(route => route.Metadata.GetOrderedMetadata<ITopicMetadata>())
                .Where(topic => topic.PubsubName == pubSub).Select(topic => topic.Name).ToHashSet();
            var may = scopes.GetValueOrDefault(service.AppId, []);

            Assert.Equal(reads.Order(), may.Order());
        }
    }

    private static string FirstPart(string path) => path.TrimStart('/').Split('/')[0];

    /// <summary>What the sidecars of the callees allow this caller.</summary>
    private static IEnumerable<string> Rules(string caller) =>
        from configuration in Documents("deploy/kubernetes/base/dapr/access.yaml")
        let access = configuration["spec"]["accessControl"]
        where Text(access["defaultAction"]) == "deny" && ((YamlMappingNode)access).Children.ContainsKey("policies")
        from policy in (YamlSequenceNode)access["policies"]
        where Text(policy["appId"]) == caller && Text(policy["defaultAction"]) == "deny"
        from operation in (YamlSequenceNode)policy["operations"]
        where Text(operation["action"]) == "allow"
        from verb in (YamlSequenceNode)operation["httpVerb"]
        select $"{Text(configuration["metadata"]["name"])} {Text(verb)} {FirstPart(Text(operation["name"]))}";

    private static Dictionary<string, string[]> Scopes(string pubSub) =>
        Text(((YamlSequenceNode)Documents($"components/kafka/{pubSub}.yaml").Single()["spec"]["metadata"]).Single(entry => Text(entry["name"]) == "subscriptionScopes")["value"])
            .Split(';')
            .Select(scope => scope.Split('='))
            .ToDictionary(scope => scope[0], scope => scope[1].Split(',', StringSplitOptions.RemoveEmptyEntries));

    private static string Text(YamlNode node) => ((YamlScalarNode)node).Value!;

    private static IEnumerable<YamlNode> Documents(string file)
    {
        using var reader = File.OpenText(Path.Combine(Repository.Root, file));
        var stream = new YamlStream();
        stream.Load(reader);
        return stream.Documents.Select(document => document.RootNode);
    }
}
