using System.Net;
using System.Net.Sockets;

namespace ChatApp.LocalStack.Tests.Postgres;

internal static class FreePort
{
    public static int Next()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
