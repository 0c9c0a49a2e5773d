using System.Text;
using MongoDB.Bson;

namespace ChatApp.LocalStack.Mongo.Users;

/// <summary>Who the client of one connection is: nobody, until it has proved to be a user.</summary>
internal sealed class SignIn(UserTable users)
{
    public const string Mechanism = "SCRAM-SHA-256";

    private Conversation? _open;
    private int _last;

    public User? User { get; private set; }

    public BsonDocument Answer(Request request) => request.Command switch
    {
        "saslStart" => Start(request.Decode(), request.Database),
        "saslContinue" => Continue(request.Decode()),
        "logout" => Leave(),
        _ => Status(),
    };

    /// <summary>
    /// A client may begin to sign in with its greeting. It hears nothing of that when it can't, and then begins again. That a mechanism is
    /// there is said for any name: who is a user here is not.
    /// </summary>
    public BsonDocument Greet(Request request, BsonDocument reply)
    {
        var hello = request.Decode();
        if (hello.Contains("saslSupportedMechs"))
            reply["saslSupportedMechs"] = new BsonArray { Mechanism };
        if (hello.GetValue("speculativeAuthenticate", null) is not BsonDocument start || !start.Contains("saslStart"))
            return reply;

        try
        {
            var answer = Start(start, start.GetValue("db", "").ToString()!);
            answer.Remove("ok");
            reply["speculativeAuthenticate"] = answer;
        }
        catch (MongoError)
        {
        }

        return reply;
    }

    /// <summary>The client says who it wants to be.</summary>
    private BsonDocument Start(BsonDocument command, string database)
    {
        _open = null;
        if (command.GetValue("mechanism", "") is var mechanism && mechanism != Mechanism)
            throw new MongoError(MongoError.MechanismUnavailable, $"This server knows {Mechanism} alone, and not the mechanism that was asked for.");

        User? user = null;
        var exchange = ScramExchange.New();
        var answer = exchange.Begin(PayloadOf(command), name =>
        {
            user = users.Find(database, name);
            return users.CredentialOf(database, name);
        });
        if (answer is null)
            throw Failed();

        var skipsEmpty = command.GetValue("options", null) is BsonDocument options && options.GetValue("skipEmptyExchange", false).ToBoolean();
        _open = new Conversation(++_last, exchange, user, skipsEmpty);
        return ToReply(_last, done: false, answer);
    }

    /// <summary>The client proves it. An old one wants to hear of the success in a message of its own.</summary>
    private BsonDocument Continue(BsonDocument command)
    {
        if (_open is not { } conversation || command.GetValue("conversationId", 0) != conversation.Id)
            throw new MongoError(MongoError.ProtocolError, "No SASL session state found");

        _open = null;
        if (conversation.IsProved)
        {
            User = conversation.User;
            return ToReply(conversation.Id, done: true, "");
        }

        if (conversation.Exchange.End(PayloadOf(command)) is not { } answer || conversation.User is null)
            throw Failed();

        if (conversation.SkipsEmpty)
            User = conversation.User;
        else
            _open = conversation with { IsProved = true };
        return ToReply(conversation.Id, done: conversation.SkipsEmpty, answer);
    }

    private BsonDocument Leave()
    {
        User = null;
        return new BsonDocument("ok", 1.0);
    }

    private BsonDocument Status()
    {
        var (names, roles) = (new BsonArray(), new BsonArray());
        if (User is { } user)
        {
            names.Add(new BsonDocument { { "user", user.Name }, { "db", user.Database } });
            roles = user.RolesToBson();
        }

        return new BsonDocument
        {
            { "authInfo", new BsonDocument { { "authenticatedUsers", names }, { "authenticatedUserRoles", roles } } },
            { "ok", 1.0 },
        };
    }

    private static MongoError Failed() => new(MongoError.AuthenticationFailed, "Authentication failed.");

    private static string PayloadOf(BsonDocument command) =>
        command.GetValue("payload", null) is BsonBinaryData payload ? Encoding.UTF8.GetString(payload.Bytes) : throw Failed();

    private static BsonDocument ToReply(int conversation, bool done, string payload) => new()
    {
        { "conversationId", conversation },
        { "done", done },
        { "payload", Encoding.UTF8.GetBytes(payload) },
        { "ok", 1.0 },
    };

    /// <param name="User">Null for a name that no user has: that is told at the end alone, in the words of a wrong password.</param>
    private sealed record Conversation(int Id, ScramExchange Exchange, User? User, bool SkipsEmpty, bool IsProved = false);
}
