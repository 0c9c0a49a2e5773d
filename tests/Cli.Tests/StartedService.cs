using ChatApp.Testing;

namespace ChatApp.Cli.Tests;

/// <summary>A service in this process, on a database that is gone with its server.</summary>
/// <typeparam name="TEntryPoint">Any public type of the service's assembly.</typeparam>
internal sealed class StartedService<TEntryPoint>(string appId, string connectionString)
    : ServiceApi<TEntryPoint>(appId, () => Task.FromResult<ITestDatabase>(new Lent(connectionString)))
    where TEntryPoint : class
{
    private sealed record Lent(string ConnectionString) : ITestDatabase
    {
        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
