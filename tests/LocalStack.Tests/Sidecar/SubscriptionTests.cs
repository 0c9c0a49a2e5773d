using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace ChatApp.LocalStack.Tests.Sidecar;

public sealed class SubscriptionTests
{
    [Fact]
    public async Task Rules_choose_the_path_by_the_type_of_the_event()
    {
        var app = await AnsweringAsync(
            """
            [{"topic":"single","pubsubName":"pubsub","routes":{
              "rules":[{"match":"event.type == \"placed\"","path":"placed"},{"match":"event.type==\u0022gone\u0022","path":"/gone"}],
              "default":"other"}}]
            """);
        await using var system = await LocalSystem.StartAsync(new Plan { Apps = [app] });

        foreach (var type in new[] { "gone", "unknown", "placed" })
            await PublishAsync(system, app, type);

        Assert.Equal(["/gone", "/other", "/placed"], (await app.NextAsync(3)).Select(seen => seen.PathAndQuery));
    }

    [Fact]
    public async Task An_event_that_no_rule_takes_is_acknowledged()
    {
        var app = await AnsweringAsync(
            """[{"topic":"single","PUBSUBNAME":"pubsub","routes":{"rules":[{"match":"event.type == 'placed'","path":"/placed"}]}}]""");
        await using var system = await LocalSystem.StartAsync(new Plan { Apps = [app] });

        await PublishAsync(system, app, "unknown");
        await PublishAsync(system, app, "placed");

        Assert.Equal("/placed", (await app.NextAsync()).PathAndQuery);
    }

    [Theory]
    [InlineData("event.data.kind == 'x'")]
    [InlineData("event.type.startsWith('x')")]
    public async Task A_rule_that_cannot_be_evaluated_is_refused_by_name(string match)
    {
        var app = await AnsweringAsync(
            $$$"""[{"topic":"single","pubsubname":"pubsub","routes":{"rules":[{"match":"{{{match}}}","path":"/placed"}]}}]""");
        await using var system = await LocalSystem.StartAsync(new Plan { Apps = [app] });

        Assert.Contains("pubsub/single", system.SidecarOf(app).NotReady, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(404, "")]
    [InlineData(500, "")]
    [InlineData(307, "")]
    [InlineData(200, "no json")]
    public async Task Anything_but_a_readable_answer_means_no_subscriptions(int status, string body)
    {
        var app = await AnsweringAsync(body, status);
        await using var system = await LocalSystem.StartAsync(new Plan { Apps = [app] });

        Assert.Empty(await SubscriptionsAsync(system, app));
        Assert.Null(system.SidecarOf(app).NotReady);
    }

    [Fact]
    public async Task Entries_without_a_route_or_a_known_component_are_left_out()
    {
        var app = await AnsweringAsync(
            """[{"topic":"orders","pubsubname":"pubsub"},{"topic":"news","pubsubname":"nowhere","route":"x"},{"topic":"single","pubsubname":"pubsub","route":"x"}]""");
        await using var system = await LocalSystem.StartAsync(new Plan { Apps = [app] });

        var subscription = Assert.Single(await SubscriptionsAsync(system, app));
        Assert.Equal("single", subscription.GetProperty("topic").GetString());
        Assert.Equal("/x", subscription.GetProperty("rules")[0].GetProperty("path").GetString());
        Assert.Equal("PROGRAMMATIC", subscription.GetProperty("type").GetString());
    }

    [Fact]
    public async Task A_topic_outside_of_the_apps_scope_is_not_subscribed()
    {
        var app = await TestApp.HearingAsync("app", "orders", "single");
        await using var system = await LocalSystem.StartAsync(new Plan
        {
            Apps = [app],
            PubSubMetadata = { ["subscriptionScopes"] = "app=single;other=orders" }
        });

        Assert.Equal("single", Assert.Single(await SubscriptionsAsync(system, app)).GetProperty("topic").GetString());
    }

    [Fact]
    public async Task What_the_app_says_wins_over_a_declaration_and_other_declarations_are_added()
    {
        var app = await AnsweringAsync("""[{"topic":"single","pubsubname":"pubsub","route":"/mine"}]""");
        await using var system = await LocalSystem.StartAsync(new Plan
        {
            Apps = [app],
            Resources =
            [
                Declared("a", "single", "/declared"), Declared("b", "news", "/news"), Declared("c", "orders", "/orders") + "\nscopes: [another]"
            ]
        });

        var paths = (await SubscriptionsAsync(system, app)).Select(entry => entry.GetProperty("rules")[0].GetProperty("path").GetString());
        Assert.Equal(["/mine", "/news"], paths.Order());

        static string Declared(string name, string topic, string path) =>
            $$"""
              apiVersion: dapr.io/v2alpha1
              kind: Subscription
              metadata: { name: {{name}} }
              spec: { pubsubname: pubsub, topic: {{topic}}, routes: { default: {{path}} } }
              """;
    }

    [Fact]
    public async Task The_question_carries_the_app_id_and_the_token_of_the_app()
    {
        var app = await AnsweringAsync("[]");
        await using var system = await LocalSystem.StartAsync(new Plan { Apps = [app], Environment = { ["APP_API_TOKEN"] = "secret" } });

        var seen = await app.NextAsync();
        Assert.Equal(("GET", "/dapr/subscribe"), (seen.Method, seen.PathAndQuery));
        Assert.Equal("app", seen.Headers["dapr-app-id"]);
        Assert.Equal("secret", seen.Headers["dapr-api-token"]);
    }

    private static Task<TestApp> AnsweringAsync(string body, int status = 200) => TestApp.StartAsync("app", (web, test) =>
    {
        web.MapGet("/dapr/subscribe", async (HttpContext context) =>
        {
            if (context.Request.Headers.ContainsKey("dapr-api-token"))
                await test.RecordAsync(context);

            return Results.Text(body, statusCode: status);
        });
        web.MapPost("/{path}", (Delegate)test.RecordAsync);
    });

    private static Task PublishAsync(LocalSystem system, TestApp app, string type) => system.ClientOf(app).PublishEventAsync(
        "pubsub", "single", "x", new Dictionary<string, string> { ["cloudevent.type"] = type }, Limit.Token);

    private static async Task<List<JsonElement>> SubscriptionsAsync(LocalSystem system, TestApp app)
    {
        using var http = new HttpClient();
        var metadata = JsonDocument.Parse(await http.GetStringAsync(system.HttpOf(app) + "v1.0/metadata", Limit.Token));
        return [.. metadata.RootElement.GetProperty("subscriptions").EnumerateArray()];
    }
}
