using System.Net;

namespace ChatApp.Auth.Sessions;

/// <summary>What the owner of a session knows it by. Clients choose it, so nothing is decided by it.</summary>
internal sealed record Device(string? Name, string? Address)
{
    private const int MaxName = 100;

    public static Device Of(HttpContext context, string? name)
    {
        var known = string.IsNullOrWhiteSpace(name) ? context.Request.Headers.UserAgent.ToString() : name.Trim();
        // Behind gateway and sidecar the first address is the client's.
        var forwarded = context.Request.Headers["X-Forwarded-For"].ToString().Split(',')[0].Trim();

        return new Device(
            known.Length == 0 ? null : known[..Math.Min(known.Length, MaxName)],
            IPAddress.TryParse(forwarded, out var address) ? address.ToString() : context.Connection.RemoteIpAddress?.ToString());
    }
}
