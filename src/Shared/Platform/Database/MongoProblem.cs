using MongoDB.Driver;

namespace ChatApp.Platform.Database;

/// <summary>What MongoDB refuses at a start, and what to do about it, in words.</summary>
internal static class MongoProblem
{
    private const int Unauthorized = 13;
    private const int AuthenticationFailed = 18;

    public static string Explain(Exception exception, string target, IMongoDatabase db)
    {
        var user = db.Client.Settings.Credential?.Username;
        return exception switch
        {
            // The driver's message about a server that is not there goes on for lines.
            TimeoutException => $"no server answers there. Check that MongoDB runs, and the address in ConnectionStrings__{target}.",
            MongoAuthenticationException or MongoCommandException { Code: AuthenticationFailed } =>
                $"the server does not let user {user} in ({Innermost(exception)}). Check the name and password in ConnectionStrings__{target}; `./chat db create-schemas {target}` sets both.",
            MongoCommandException { Code: Unauthorized } error =>
                $"user {user ?? "nobody"} lacks a privilege ({OneLine(error.ErrorMessage)}). Grant it with `./chat db create-schemas {target}`.",
            _ when MongoDisk.Complaint(exception) is { } words => $"the server's disk is full ({OneLine(words)}). Free space there, then try again.",
            _ => $"{OneLine(exception.Message).TrimEnd('.')}.",
        };
    }

    private static string Innermost(Exception exception)
    {
        while (exception.InnerException is { } cause)
            exception = cause;
        return OneLine(exception.Message).TrimEnd('.');
    }

    private static string OneLine(string text) => text.ReplaceLineEndings(" ").Trim();
}
