using System.Net.Sockets;
using Npgsql;

namespace ChatApp.LocalStack.Mongo;

/// <summary>The verb "mongo": a gateway as a process of its own, until it is told to stop.</summary>
internal static class MongoGatewayProcess
{
    public const string PostgresVariable = "CHATAPP_DOCUMENTDB", PasswordVariable = "CHATAPP_MONGO_ROOT_PASSWORD";

    public static async Task<int> RunAsync(string[] args)
    {
        if (args is not ["--port", var portText] || !int.TryParse(portText, out var port)
            || Environment.GetEnvironmentVariable(PostgresVariable) is not { Length: > 0 } postgres
            || Environment.GetEnvironmentVariable(PasswordVariable) is not { Length: > 0 } rootPassword)
        {
            await Console.Error.WriteLineAsync(
                $"usage: {PostgresVariable}=<connection string of the engine> {PasswordVariable}=<password of the user root> ChatApp.LocalStack mongo --port <port>");
            return 2;
        }

        try
        {
            await using var gateway = await MongoGateway.StartAsync(postgres, rootPassword, port);
            Console.WriteLine($"MongoDB wire protocol on {gateway.Address}");
            await StopSignal.WaitAsync();
            return 0;
        }
        catch (NpgsqlException e)
        {
            await Console.Error.WriteLineAsync($"The MongoDB gateway can't read its users from the engine: {e.Message} Start the engine first, and check {PostgresVariable}.");
            return 1;
        }
        catch (SocketException e)
        {
            await Console.Error.WriteLineAsync($"The MongoDB gateway can't listen on port {port}: {e.Message}");
            return 1;
        }
    }
}
