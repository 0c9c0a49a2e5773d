using System.Net;
using System.Net.Sockets;
using ChatApp.LocalStack.Launch;

namespace ChatApp.LocalStack.Tests.Launch;

public sealed class StackTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("chatapp-stack");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void A_taken_port_is_said_with_its_owner_and_the_remedy()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;

        var refused = Assert.Throws<LaunchException>(() => Ports.Require(port, "gateway", anyFree: false));

        Assert.Contains($"port {port} (gateway) is taken", refused.Message, StringComparison.Ordinal);
        Assert.Contains("dapr.yaml", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Secrets_are_made_once_and_only_their_owner_reads_them()
    {
        var options = new StackOptions(_folder.FullName, _folder.FullName);

        var first = StackSecrets.LoadOrCreate(options);
        var second = StackSecrets.LoadOrCreate(options);

        Assert.Equal(first.AppToken, second.AppToken);
        Assert.Equal(first.RolePasswords, second.RolePasswords);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(_folder.FullName, "secrets.json")));
    }

    [Fact]
    public async Task What_runs_is_found_again_and_stopped_by_another_command()
    {
        var options = new StackOptions(_folder.FullName, _folder.FullName);
        var part = Part.Start("part", ["sleep", "60"], _folder.FullName, [], Path.Combine(_folder.FullName, "part.log"), address: null);
        new RunState("http://127.0.0.1:8080/", [part]).Save(options);

        var found = RunState.Load(options);
        await found!.StopAsync(options, _ => { });

        Assert.False(part.IsRunning);
        Assert.Null(RunState.Load(options));
    }
}
