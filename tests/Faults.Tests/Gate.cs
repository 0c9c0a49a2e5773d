using System.Diagnostics;
using Npgsql;

namespace ChatApp.Faults.Tests;

/// <summary>
/// Holds the statements that insert into, or update, one table, until it is opened: so a process can be killed exactly before, or exactly after, they take
/// effect. It is a trigger that waits for an advisory lock, and works on the tables below a MongoDB collection too.
/// </summary>
internal sealed class Gate : IAsyncDisposable
{
    private const int Key = 0x67617465;

    private readonly NpgsqlDataSource _server;
    private readonly NpgsqlConnection _holder;
    private readonly string _table;

    private Gate(NpgsqlDataSource server, NpgsqlConnection holder, string table) => (_server, _holder, _table) = (server, holder, table);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <param name="server">A superuser of the table's database; the gate disposes of it.</param>
    /// <param name="operation">INSERT or UPDATE.</param>
    public static async Task<Gate> CloseAsync(NpgsqlDataSource server, string table, string operation)
    {
        await using (var create = server.CreateCommand(
            $"""
            CREATE OR REPLACE FUNCTION public.wait_at_gate() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
                $$ BEGIN PERFORM pg_advisory_xact_lock_shared({Key}); RETURN NEW; END $$;
            CREATE TRIGGER wait_at_gate BEFORE {operation} ON {table} FOR EACH ROW EXECUTE FUNCTION public.wait_at_gate()
            """))
        {
            await create.ExecuteNonQueryAsync(Cancel);
        }

        var holder = await server.OpenConnectionAsync(Cancel);
        await using var hold = new NpgsqlCommand($"SELECT pg_advisory_lock({Key})", holder);
        await hold.ExecuteNonQueryAsync(Cancel);
        return new Gate(server, holder, table);
    }

    /// <summary>Returns when a statement waits.</summary>
    public async Task WaitForArrivalAsync()
    {
        for (var waited = Stopwatch.StartNew(); await WaitingAsync() == 0; await Task.Delay(20, Cancel))
        {
            if (waited.Elapsed > FaultySystem.Patience)
                throw new TimeoutException($"nothing has come to the gate of {_table}");
        }
    }

    /// <summary>Lets those who wait go on.</summary>
    public Task OpenAsync() => OnHolderAsync($"SELECT pg_advisory_unlock({Key})");

    /// <summary>Ends the statements that wait, as if they had never arrived.</summary>
    public Task TurnAwayAsync() =>
        OnHolderAsync($"SELECT count(pg_terminate_backend(pid)) FROM pg_locks WHERE locktype = 'advisory' AND objid = {Key} AND NOT granted");

    public async ValueTask DisposeAsync()
    {
        await OnHolderAsync("SELECT pg_advisory_unlock_all()");
        await OnHolderAsync($"DROP TRIGGER wait_at_gate ON {_table}; DROP FUNCTION public.wait_at_gate()");
        await _holder.DisposeAsync();
        await _server.DisposeAsync();
    }

    private async Task<long> WaitingAsync()
    {
        await using var count = new NpgsqlCommand($"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = {Key} AND NOT granted", _holder);
        return (long)(await count.ExecuteScalarAsync(Cancel))!;
    }

    private async Task OnHolderAsync(string sql)
    {
        await using var command = new NpgsqlCommand(sql, _holder);
        await command.ExecuteNonQueryAsync(CancellationToken.None);
    }
}
