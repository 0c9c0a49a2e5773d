using MongoDB.Bson;
using Npgsql;

namespace ChatApp.LocalStack.Mongo;

/// <summary>An error as MongoDB tells it: a code that drivers know, and its name.</summary>
internal sealed class MongoError(int code, string message) : Exception(message)
{
    public const int BadValue = 2, NoSuchKey = 4, UserNotFound = 11, Unauthorized = 13, TypeMismatch = 14, ProtocolError = 17, AuthenticationFailed = 18,
        RoleNotFound = 31, CursorNotFound = 43, CommandNotFound = 59, ShutdownInProgress = 91, WriteConflict = 112, NoSuchTransaction = 251,
        MechanismUnavailable = 334, DuplicateKey = 11000, UnknownField = 40415, UserExists = 51003;

    private const int Class53 = ('5' - '0') | (('3' - '0') << 6);

    public int Code => code;

    public bool IsTransient => code is WriteConflict or NoSuchTransaction or 24 or 46 or 246 or ShutdownInProgress;

    private bool IsRetryable => code is ShutdownInProgress or 6 or 7 or 89 or 189 or 9001 or 10107 or 11600 or 11602 or 13435 or 13436;

    public BsonDocument ToReply(bool inTransaction, bool retryableWrite)
    {
        var reply = new BsonDocument { { "ok", 0.0 }, { "errmsg", Message }, { "code", code }, { "codeName", NameOf(code) } };
        var labels = new BsonArray();

        if (inTransaction && IsTransient)
            labels.Add("TransientTransactionError");
        if (retryableWrite && !inTransaction && IsRetryable)
            labels.Add("RetryableWriteError");
        if (labels.Count > 0)
            reply.Add("errorLabels", labels);

        return reply;
    }

    public static MongoError From(Exception error, bool inTransaction) => error switch
    {
        MongoError known => known,
        PostgresException postgres => new(CodeOf(postgres.SqlState, inTransaction), postgres.MessageText),
        NpgsqlException or IOException or TimeoutException or ObjectDisposedException =>
            new(ShutdownInProgress, "The database engine is not reachable: " + error.Message),
        FormatException => new(22, error.Message),
        _ => new(1, error.Message),
    };

    /// <summary>
    /// The engine numbers its errors "M0000", "M0001", ... in base 36; write errors carry that state as PostgreSQL packs it, six bits
    /// a character. Everything else is PostgreSQL's own.
    /// </summary>
    public static int CodeOf(string state, bool inTransaction) => state switch
    {
        ['M', ..] => EngineCodes.CodeOf(state),
        "40001" or "40P01" => WriteConflict,
        "55P03" => inTransaction ? WriteConflict : 24,
        "25P02" => NoSuchTransaction,
        "57014" => 50,
        "23505" or "23P01" => DuplicateKey,
        "42501" => 13,
        "53100" => 14031,
        "53200" => 146,
        ['5', '7', 'P', '0', ..] or ['0', '8', ..] or "53300" => ShutdownInProgress,
        "0A000" => 115,
        ['2', '2', ..] => BadValue,
        _ => 1,
    };

    /// <summary>The code of a write error, from the packed state that the engine wrote there.</summary>
    public static int CodeOf(int packed, bool inTransaction) =>
        !IsState(packed) ? packed : CodeOf(string.Create(5, packed, static (state, code) =>
        {
            for (var i = 0; i < state.Length; i++)
                state[i] = (char)('0' + ((code >> (6 * i)) & 63));
        }), inTransaction);

    /// <summary>A packed state is a great number, but for PostgreSQL's class "53", no room on disk or in memory: those end in zeros.</summary>
    private static bool IsState(int code) => code >= 1 << 24 || (code > Class53 && (code & 0xFFF) == Class53);

    private static string NameOf(int code) => code switch
    {
        1 => "InternalError",
        2 => "BadValue",
        4 => "NoSuchKey",
        9 => "FailedToParse",
        11 => "UserNotFound",
        13 => "Unauthorized",
        14 => "TypeMismatch",
        15 => "Overflow",
        16 => "InvalidLength",
        17 => "ProtocolError",
        18 => "AuthenticationFailed",
        20 => "IllegalOperation",
        22 => "InvalidBSON",
        24 => "LockTimeout",
        26 => "NamespaceNotFound",
        27 => "IndexNotFound",
        28 => "PathNotViable",
        31 => "RoleNotFound",
        34 => "CannotBackfillArray",
        40 => "ConflictingUpdateOperators",
        43 => "CursorNotFound",
        48 => "NamespaceExists",
        50 => "MaxTimeMSExpired",
        52 => "DollarPrefixedFieldName",
        54 => "NotSingleValueField",
        56 => "EmptyFieldName",
        59 => "CommandNotFound",
        61 => "ShardKeyNotFound",
        66 => "ImmutableField",
        67 => "CannotCreateIndex",
        68 => "IndexAlreadyExists",
        72 => "InvalidOptions",
        73 => "InvalidNamespace",
        85 => "IndexOptionsConflict",
        86 => "IndexKeySpecsConflict",
        91 => "ShutdownInProgress",
        112 => "WriteConflict",
        115 => "CommandNotSupported",
        121 => "DocumentValidationFailure",
        146 => "ExceededMemoryLimit",
        166 => "CommandNotSupportedOnView",
        197 => "InvalidIndexSpecificationOption",
        225 => "TransactionTooOld",
        251 => "NoSuchTransaction",
        256 => "TransactionCommitted",
        263 => "OperationNotSupportedInTransaction",
        334 => "MechanismUnavailable",
        11000 => "DuplicateKey",
        14031 => "OutOfDiskSpace",
        17419 => "BsonObjectTooLarge",
        _ => "Location" + code,
    };
}
