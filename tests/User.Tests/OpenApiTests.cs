using ChatApp.Testing;

namespace ChatApp.User.Tests;

public sealed class OpenApiTests(UserApi user) : IClassFixture<UserApi>
{
    [Fact]
    public async Task Every_route_is_described()
    {
        using var client = user.Anonymous();
        var operations = await OpenApi.OperationsAsync(client, TestContext.Current.CancellationToken);

        Assert.Equivalent(
            new[]
            {
                "GET /me", "PATCH /me", "GET /users/{id}", "GET /users", "GET /friends", "DELETE /friends/{userId}", "GET /friend-requests",
                "POST /friend-requests", "POST /friend-requests/{userId}/accept", "POST /friend-requests/{userId}/decline",
                "DELETE /friend-requests/{userId}", "GET /blocks", "PUT /blocks/{userId}", "DELETE /blocks/{userId}", "GET /settings", "PATCH /settings",
                "PUT /settings",
            },
            operations.Select(operation => operation.Name),
            strict: true);
        Assert.All(operations, operation =>
        {
            Assert.NotEqual("", operation.Value.GetProperty("summary").GetString());
            Assert.NotEqual("", operation.Value.GetProperty("operationId").GetString());
            Assert.Contains("401", operation.Value.GetProperty("responses").EnumerateObject().Select(response => response.Name));
        });
    }
}
