using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace ChatApp.LocalStack.Sidecar.Api;

internal static class Answers
{
    public static Task FailAsync(HttpResponse response, DaprError error) => WriteAsync(response, error.Http, error.ToJson());

    public static Task OkAsync(HttpResponse response, object value) => WriteAsync(response, 200, JsonSerializer.SerializeToUtf8Bytes(value));

    public static async Task WriteAsync(HttpResponse response, int status, byte[] json)
    {
        response.StatusCode = status;
        response.ContentType = "application/json";
        response.ContentLength = json.Length;
        await response.Body.WriteAsync(json);
    }
}
