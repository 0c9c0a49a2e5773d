using ChatApp.Testing;

namespace ChatApp.Auth.Tests;

public sealed class OpenApiTests(AuthApi auth) : IClassFixture<AuthApi>
{
    [Fact]
    public async Task Every_route_is_described()
    {
        using var client = auth.Anonymous();
        var operations = await OpenApi.OperationsAsync(client, TestContext.Current.CancellationToken);

        Assert.Equivalent(
            new[] { "POST /auth/register", "POST /auth/login", "POST /auth/refresh", "POST /auth/logout", "GET /.well-known/jwks.json" },
            operations.Select(operation => operation.Name),
            strict: true);
        Assert.All(operations, operation =>
        {
            Assert.NotEqual("", operation.Value.GetProperty("summary").GetString());
            Assert.NotEqual("", operation.Value.GetProperty("operationId").GetString());
        });
    }
}
