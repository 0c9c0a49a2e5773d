using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace ChatApp.LocalStack.Launch;

/// <summary>Loopback ports.</summary>
public static class Ports
{
    /// <summary>Linux gives outgoing connections ports from here on (ip_local_port_range): one that is free now may be taken before its owner listens.</summary>
    private const int FirstEphemeral = 32_768;

    private const int FirstFree = 10_000;

    private static readonly ConcurrentDictionary<int, bool> Given = new();

    /// <summary>A port that was free when asked, that no outgoing connection will take, and that this process gives to nobody else.</summary>
    public static int Free()
    {
        while (true)
        {
            var port = Random.Shared.Next(FirstFree, FirstEphemeral);
            if (Given.TryAdd(port, true) && IsFree(port))
                return port;
        }
    }

    /// <summary>Whether somebody listens there. Not the opposite of <see cref="IsFree"/>, which holds the port for a moment: whoever is about to listen would fail.</summary>
    public static async Task<bool> AnswersAsync(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>This port, or another where it is taken: for parts whose port nobody has to know.</summary>
    public static int Prefer(int port, bool anyFree) => !anyFree && IsFree(port) ? port : Free();

    /// <exception cref="LaunchException">The port is taken.</exception>
    public static int Require(int port, string owner, bool anyFree)
    {
        if (anyFree)
            return Free();

        return IsFree(port)
            ? port
            : throw new LaunchException(
                $"port {port} ({owner}) is taken: stop what listens there (`ss -ltnp 'sport = :{port}'` names it), or change the port in dapr.yaml.");
    }
}
