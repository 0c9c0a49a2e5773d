using System.Net;
using System.Net.Sockets;

namespace ChatApp.LocalStack.Launch;

/// <summary>Loopback ports.</summary>
public static class Ports
{
    /// <summary>A port that was free when asked.</summary>
    public static int Free()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    public static bool IsFree(int port)
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
