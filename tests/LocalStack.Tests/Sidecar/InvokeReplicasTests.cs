using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace ChatApp.LocalStack.Tests.Sidecar;

public sealed class InvokeReplicasTests
{
    [Fact]
    public async Task Calls_go_round_robin_to_the_replicas_that_are_up()
    {
        var caller = await TestApp.SilentAsync("caller");
        var one = await NamedAsync("one");
        var two = await NamedAsync("two");
        await using var system = await LocalSystem.StartAsync(new Plan { Apps = [caller, one, two] });
        using var http = new HttpClient { BaseAddress = system.HttpOf(caller) };

        Assert.Equal(["one", "one", "two", "two"], (await CallAsync(http, 4)).Order());

        await system.SidecarOf(one).DisposeAsync();
        Assert.Equal(["two", "two"], await CallAsync(http, 2));
    }

    [Fact]
    public async Task Access_control_without_identities_has_only_its_default()
    {
        var caller = await TestApp.SilentAsync("caller");
        var callee = await NamedAsync("callee");
        await using var system = await LocalSystem.StartAsync(new Plan
        {
            Apps = [caller, callee],
            Configuration =
                """
                apiVersion: dapr.io/v1alpha1
                kind: Configuration
                metadata: { name: c }
                spec:
                  accessControl:
                    defaultAction: deny
                    policies:
                    - { appId: caller, defaultAction: allow, trustDomain: public, namespace: default }
                """
        });
        using var http = new HttpClient { BaseAddress = system.HttpOf(caller) };

        using var response = await http.GetAsync("v1.0/invoke/replica/method/name", Limit.Token);

        Assert.Equal(403, (int)response.StatusCode);
        Assert.Equal("ERR_DIRECT_INVOKE",
            JsonDocument.Parse(await response.Content.ReadAsStringAsync(Limit.Token)).RootElement.GetProperty("errorCode").GetString());
        Assert.Contains("accessControl", Assert.Single(system.Host.Notices), StringComparison.Ordinal);
    }

    private static Task<TestApp> NamedAsync(string name) =>
        TestApp.StartAsync("replica", (web, _) => web.MapGet("/name", () => Results.Text(name)));

    private static async Task<List<string>> CallAsync(HttpClient http, int times)
    {
        var names = new List<string>();
        for (var i = 0; i < times; i++)
            names.Add(await http.GetStringAsync("v1.0/invoke/replica/method/name", Limit.Token));
        return names;
    }
}
