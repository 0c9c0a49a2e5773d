namespace ChatApp.Gateway.Tests.Clients;

public sealed class WebClientTests(GatewayApi gateway) : IClassFixture<GatewayApi>
{
    [Fact]
    public async Task The_front_page_needs_no_token_and_trusts_no_stranger()
    {
        var response = await gateway.CreateClient().GetAsync("/", TestContext.Current.CancellationToken);

        Assert.Equal("text/html", response.EnsureSuccessStatusCode().Content.Headers.ContentType?.MediaType);
        Assert.Contains("default-src 'self'", response.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.Equal(["nosniff"], response.Headers.GetValues("X-Content-Type-Options"));
    }

    [Theory]
    [InlineData("/health/live")]
    [InlineData("/health/ready")]
    public async Task Health_needs_no_token(string path) =>
        Assert.Equal("Healthy", await gateway.CreateClient().GetStringAsync(path, TestContext.Current.CancellationToken));

    [Fact]
    public async Task Pages_of_other_sites_may_not_call_the_api()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/openapi/v1.json") { Headers = { { "Origin", "https://elsewhere.example" } } };

        var response = await gateway.CreateClient().SendAsync(request, TestContext.Current.CancellationToken);

        Assert.False(response.Headers.Contains("Access-Control-Allow-Origin"));
    }
}
