using Npgsql;

namespace ChatApp.Faults.Tests;

/// <summary>Remembers the events that committed transactions put into an outbox, which forgets them once they are published.</summary>
internal sealed class Witness : IAsyncDisposable
{
    private readonly NpgsqlDataSource _server;
    private readonly string _outbox;

    private Witness(NpgsqlDataSource server, string outbox) => (_server, _outbox) = (server, outbox);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <param name="server">A superuser of the outbox's database; the witness disposes of it.</param>
    public static async Task<Witness> WatchAsync(NpgsqlDataSource server, string outbox)
    {
        var witness = new Witness(server, outbox);
        await witness.ExecuteAsync(
            $"""
            CREATE TABLE public.witnessed (key text NOT NULL);
            CREATE FUNCTION public.witness() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
                $$ BEGIN INSERT INTO public.witnessed VALUES (NEW.key); RETURN NEW; END $$;
            CREATE TRIGGER witness AFTER INSERT ON {outbox} FOR EACH ROW EXECUTE FUNCTION public.witness()
            """);
        return witness;
    }

    /// <summary>How many events of this key there were.</summary>
    public async Task<long> CountAsync(Guid key)
    {
        await using var count = _server.CreateCommand("SELECT count(*) FROM public.witnessed WHERE key = $1");
        count.Parameters.Add(new NpgsqlParameter<string> { TypedValue = $"{key}" });
        return (long)(await count.ExecuteScalarAsync(Cancel))!;
    }

    public async ValueTask DisposeAsync()
    {
        await ExecuteAsync($"DROP TRIGGER witness ON {_outbox}; DROP FUNCTION public.witness(); DROP TABLE public.witnessed");
        await _server.DisposeAsync();
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var command = _server.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(CancellationToken.None);
    }
}
