namespace ChatApp.LocalStack.Mongo.Users;

/// <summary>What a client may do: nothing but sign in at first, then what the user's roles say. A command that is not listed here is nobody's.</summary>
internal static class Permissions
{
    /// <summary>Asked before each command, so it allocates nothing for what is allowed, and waits for nobody.</summary>
    public static void Demand(Request request)
    {
        if (IsOpenToAll(request.Command))
            return;
        if (request.User is not { } user)
            throw new MongoError(MongoError.Unauthorized, $"Command {request.Command} requires authentication");
        if (!May(user, request))
            throw Refusal(request);
    }

    /// <summary>As MongoDB says it, but for the command's own text, which may hold data.</summary>
    public static MongoError Refusal(Request request) =>
        new(MongoError.Unauthorized, $"not authorized on {request.Database} to execute command {{ {request.Command}: ... }}");

    private static bool IsOpenToAll(string command) => command is
        "hello" or "isMaster" or "ismaster" or "ping" or "buildInfo" or "buildinfo" or "saslStart" or "saslContinue" or "logout" or "connectionStatus";

    private static bool May(User user, Request request) => request.Command switch
    {
        "aggregate" or "create" or "collMod" => user.May(RightFor(request.Command), request.Database) && Pipelines.Allow(user, request.Body.Span, request.Database),
        "explain" => MayExplain(user, request),
        "renameCollection" => MayRename(user, request),
        "usersInfo" => MaySeeUsers(user, request),
        var command => user.May(RightFor(command), request.Database),
    };

    private static Right RightFor(string command) => command switch
    {
        "find" or "aggregate" or "count" or "distinct" => Right.Read,
        "insert" or "update" or "delete" or "findAndModify" or "findandmodify" => Right.Write,
        "create" or "createIndexes" or "dropIndexes" or "deleteIndexes" or "drop" => Right.Build,
        "collMod" or "dropDatabase" => Right.Administer,
        "listCollections" or "listIndexes" or "collStats" or "dbStats" => Right.Inspect,
        "createUser" or "updateUser" or "dropUser" => Right.ManageUsers,
        "getParameter" or "serverStatus" => Right.Server,
        // A user's own: cursors, sessions and transactions are known by who opened them, and of databases he sees those that he has a role on.
        "getMore" or "killCursors" or "endSessions" or "refreshSessions" or "commitTransaction" or "abortTransaction" or "listDatabases" => Right.None,
        _ => throw new MongoError(MongoError.CommandNotFound, $"no such command: '{command}'"),
    };

    private static bool MayExplain(User user, Request request)
    {
        var explained = request.Decode()["explain"].AsBsonDocument;
        return user.May(RightFor(explained.GetElement(0).Name), request.Database) && Pipelines.Allow(user, explained, request.Database);
    }

    private static bool MayRename(User user, Request request)
    {
        var command = request.Decode();
        var (from, to) = (DatabaseOf(command[0].ToString()!), DatabaseOf(command.GetValue("to", "").ToString()!));
        return from == to
            ? user.May(Right.Build, from)
            : user.May(Right.Read | Right.Write | Right.Build, from) && user.May(Right.Write | Right.Build, to);
    }

    /// <summary>Everybody sees himself.</summary>
    private static bool MaySeeUsers(User user, Request request)
    {
        var asked = request.Decode()["usersInfo"];
        var database = asked.IsBsonDocument ? asked.AsBsonDocument.GetValue("db", request.Database).ToString()! : request.Database;
        var name = asked.IsBsonDocument ? asked.AsBsonDocument.GetValue("user", "") : asked;
        return user.May(Right.ManageUsers, database) || (database == user.Database && name == user.Name);
    }

    private static string DatabaseOf(string collection) => collection.Split('.', 2)[0];
}
