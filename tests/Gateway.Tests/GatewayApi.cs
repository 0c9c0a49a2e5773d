using ChatApp.Testing;

namespace ChatApp.Gateway.Tests;

/// <summary>The gateway in this process, with a sidecar whose apps each test puts there.</summary>
public class GatewayApi() : ServiceApi<Program>("gateway")
{
    /// <summary>Long enough for a busy machine, short enough to wait for.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromMilliseconds(700);

    protected override IEnumerable<KeyValuePair<string, string?>> Settings =>
    [
        new("Deadlines:Call", Deadline.ToString()),
        new("Deadlines:Part", Deadline.ToString()),
        new("Deadlines:Profile", (Deadline / 2).ToString()),
    ];

    /// <summary>Puts an app behind the sidecar.</summary>
    internal FakeApp App(string appId)
    {
        var app = new FakeApp();
        Sidecar.Route(appId, app);
        return app;
    }
}
