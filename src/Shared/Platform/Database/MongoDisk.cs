using MongoDB.Driver;

namespace ChatApp.Platform.Database;

/// <summary>The disk under a MongoDB server. (Npgsql itself counts a full disk of PostgreSQL among what passes.)</summary>
public static class MongoDisk
{
    private const int OutOfDiskSpace = 14031;

    public static bool IsFull(Exception exception) => Complaint(exception) is not null;

    /// <summary>The server's words when its disk is full: about a command as a whole, or about a document that found no room.</summary>
    internal static string? Complaint(Exception exception) => exception switch
    {
        MongoCommandException { Code: OutOfDiskSpace } command => command.ErrorMessage,
        MongoWriteException { WriteError: { Code: OutOfDiskSpace } error } => error.Message,
        MongoBulkWriteException writes => writes.WriteErrors.FirstOrDefault(error => error.Code == OutOfDiskSpace)?.Message,
        _ => null,
    };
}
