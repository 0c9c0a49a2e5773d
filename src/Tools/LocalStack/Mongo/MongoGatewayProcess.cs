using System.Net.Sockets;

namespace ChatApp.LocalStack.Mongo;

/// <summary>The verb "mongo": a gateway as a process of its own, until it is told to stop.</summary>
internal static class MongoGatewayProcess
{
    public const string PostgresVariable = "CHATAPP_DOCUMENTDB";

    public static async Task<int> RunAsync(string[] args)
    {
        if (args is not ["--port", var portText] || !int.TryParse(portText, out var port)
            || Environment.GetEnvironmentVariable(PostgresVariable) is not { Length: > 0 } postgres)
        {
            await Console.Error.WriteLineAsync($"usage: {PostgresVariable}=<connection string of the engine> ChatApp.LocalStack mongo --port <port>");
            return 2;
        }

        try
        {
            await using var gateway = MongoGateway.Start(postgres, port);
            Console.WriteLine($"MongoDB wire protocol on {gateway.Address}");
            await StopSignal.WaitAsync();
            return 0;
        }
        catch (SocketException e)
        {
            await Console.Error.WriteLineAsync($"The MongoDB gateway can't listen on port {port}: {e.Message}");
            return 1;
        }
    }
}
