using Npgsql;
using NpgsqlTypes;

namespace ChatApp.LocalStack.Mongo;

/// <summary>What the one row of a statement holds; its first column is the answer to the client, unless it is <see cref="Nothing"/>.</summary>
internal enum Row { Document, FirstPage, NextPage, Write, Nothing }

/// <summary>A call of the engine. Parameters are positional; each client connection keeps one prepared command per statement.</summary>
internal sealed class Statement
{
    private const NpgsqlDbType Text = NpgsqlDbType.Text, Bytes = NpgsqlDbType.Bytea;

    private const string PageColumns = "SELECT cursorpage::bytea, continuation::bytea, persistconnection, cursorid";

    private readonly string _sql;
    private readonly NpgsqlDbType[] _types;

    private Statement(Row row, string sql, params NpgsqlDbType[] types) => (Row, _sql, _types) = (row, sql, types);

    public Row Row { get; }

    /// <summary>May run again when the connection to the engine broke before the answer came.</summary>
    public bool IsRead { get; private init; }

    public static readonly Statement
        Find = FirstPage("find"),
        Aggregate = FirstPage("aggregate"),
        ListCollections = FirstPage("list_collections"),
        ListIndexes = FirstPage("list_indexes"),
        GetMore = new(Row.NextPage, "SELECT cursorpage::bytea, continuation::bytea FROM documentdb_api.cursor_get_more($1, $2, $3)", Text, Bytes, Bytes),
        KillCursors = new(Row.Nothing, "SELECT documentdb_api_internal.delete_cursors($1)::bytea", NpgsqlDbType.Array | NpgsqlDbType.Bigint),
        Ping = new(Row.Nothing, "SELECT 1") { IsRead = true },
        Count = Read("SELECT document::bytea FROM documentdb_api.count_query($1, $2)", Text, Bytes),
        Distinct = Read("SELECT document::bytea FROM documentdb_api.distinct_query($1, $2)", Text, Bytes),
        ListDatabases = Read("SELECT documentdb_api.list_databases($1)::bytea", Bytes),
        CollStats = Read("SELECT documentdb_api.coll_stats($1, $2)::bytea", Text, Text),
        DbStats = Read("SELECT documentdb_api.db_stats($1)::bytea", Text),
        Exists = new(Row.Nothing, "SELECT FROM documentdb_api_catalog.collections WHERE database_name = $1 AND collection_name = $2", Text, Text)
        {
            IsRead = true,
        },
        CreateIndexes = Change("SELECT documentdb_api_internal.create_indexes_non_concurrently($1, $2, true)::bytea", Text, Bytes),
        DropIndexes = Change("SELECT documentdb_api_internal.drop_indexes_non_concurrently($1, $2)::bytea", Text, Bytes),
        Create = Change("SELECT documentdb_api.create_collection_view($1, $2)::bytea", Text, Bytes),
        CollMod = Change("SELECT documentdb_api.coll_mod($1, $2, $3)::bytea", Text, Text, Bytes),
        RenameCollection = Change("SELECT documentdb_api.rename_collection($1)::bytea", Bytes),
        Drop = new(Row.Nothing, "SELECT documentdb_api.drop_collection($1, $2)", Text, Text),
        DropDatabase = new(Row.Nothing, "SELECT documentdb_api.drop_database($1)", Text);

    private static readonly Dictionary<string, Statement[]> Writes = new()
    {
        ["insert"] = WithDocuments("insert"),
        ["update"] = WithDocuments("update"),
        ["delete"] = WithDocuments("delete"),
        ["findAndModify"] =
        [
            new(Row.Write, "SELECT p_result::bytea, p_success FROM documentdb_api.find_and_modify($1, $2)", Text, Bytes),
            new(Row.Write, "SELECT p_result::bytea, p_success FROM documentdb_api.find_and_modify($1, $2, $3)", Text, Bytes, Text),
        ],
    };

    public static Statement Write(string command, bool retryId, bool documents) => Writes[command][(retryId ? 1 : 0) + (documents ? 2 : 0)];

    public NpgsqlCommand ToCommand()
    {
        var command = new NpgsqlCommand(_sql);
        foreach (var type in _types)
        {
            command.Parameters.Add(type switch
            {
                Text => new NpgsqlParameter<string> { NpgsqlDbType = type },
                Bytes => new NpgsqlParameter<ReadOnlyMemory<byte>> { NpgsqlDbType = type },
                _ => new NpgsqlParameter { NpgsqlDbType = type },
            });
        }

        return command;
    }

    private static Statement Read(string sql, params NpgsqlDbType[] types) => new(Row.Document, sql, types) { IsRead = true };

    private static Statement Change(string sql, params NpgsqlDbType[] types) => new(Row.Document, sql, types);

    private static Statement FirstPage(string name) =>
        new(Row.FirstPage, $"{PageColumns} FROM documentdb_api.{name}_cursor_first_page($1, $2)", Text, Bytes) { IsRead = true };

    private static Statement[] WithDocuments(string name)
    {
        var select = $"SELECT p_result::bytea, p_success FROM documentdb_api.{name}";
        return
        [
            new(Row.Write, $"{select}($1, $2)", Text, Bytes),
            new(Row.Write, $"{select}($1, $2, NULL, $3)", Text, Bytes, Text),
            new(Row.Write, $"{select}($1, $2, $3)", Text, Bytes, Bytes),
            new(Row.Write, $"{select}($1, $2, $4, $3)", Text, Bytes, Text, Bytes),
        ];
    }
}
