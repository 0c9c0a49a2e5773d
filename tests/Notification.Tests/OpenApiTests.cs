using ChatApp.Testing;

namespace ChatApp.Notification.Tests;

public sealed class OpenApiTests(NotificationApi notifications) : IClassFixture<NotificationApi>
{
    [Fact]
    public async Task Every_route_is_described()
    {
        using var client = notifications.Anonymous();
        var operations = await OpenApi.OperationsAsync(client, TestContext.Current.CancellationToken);

        Assert.Equivalent(
            new[]
            {
                "GET /notifications", "GET /notifications/unread-count", "PUT /notifications/{id}/read", "PUT /notifications/read",
                "GET /notification-preferences", "PUT /notification-preferences",
            },
            operations.Select(operation => operation.Name),
            strict: true);
        Assert.All(operations, operation =>
        {
            Assert.NotEqual("", operation.Value.GetProperty("summary").GetString());
            Assert.Contains("401", operation.Value.GetProperty("responses").EnumerateObject().Select(response => response.Name));
        });
    }
}
