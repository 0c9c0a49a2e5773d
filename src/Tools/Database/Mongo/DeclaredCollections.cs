using System.Text.Json;
using ChatApp.Platform.Database;
using MongoDB.Bson;
using MongoDB.Driver;

namespace ChatApp.Database.Mongo;

/// <summary>
/// The declared schema: a file per collection, JSON with comments. Its members are those of the server's commands: <c>validator</c> as <c>create</c> takes it, with
/// a <c>$jsonSchema</c> alone, and <c>indexes</c> as <c>createIndexes</c> takes them.
/// </summary>
internal static class DeclaredCollections
{
    private static readonly JsonDocumentOptions Options = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <exception cref="DatabaseToolException">A file is not what one should be; the message says which and where.</exception>
    public static IReadOnlyList<CollectionShape> Read(DirectoryInfo folder) =>
        [.. (folder.Exists ? folder.GetFiles("*.jsonc") : []).OrderBy(file => file.Name, StringComparer.Ordinal).Select(Read)];

    /// <summary>Makes them in an empty database, so that the server says what is wrong with them.</summary>
    /// <exception cref="DatabaseToolException">The server refuses one.</exception>
    public static async Task BuildAsync(IReadOnlyList<CollectionShape> declared, IMongoDatabase db, CancellationToken ct)
    {
        foreach (var collection in declared)
        {
            try
            {
                await collection.ApplyAsync(db, ct);
            }
            catch (MongoCommandException exception)
            {
                throw new DatabaseToolException($"{collection.Name}.jsonc: the server refuses it: {exception.ErrorMessage}", exception);
            }
        }
    }

    private static CollectionShape Read(FileInfo file)
    {
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllText(file.FullName), Options);
            var content = BsonDocument.Parse(JsonSerializer.Serialize(json.RootElement));
            Only(file, content, "a collection", ["validator", "indexes"]);
            var validator = content.GetValue("validator", new BsonDocument()).AsBsonDocument;
            Only(file, validator, "a validator", ["$jsonSchema"]);
            var indexes = content.GetValue("indexes", new BsonArray()).AsBsonArray.Select(index => index.AsBsonDocument).ToList();
            foreach (var index in indexes)
            {
                Only(file, index, "an index", ["name", .. MongoSchema.IndexOptions]);
                if (!index.Contains("key") || index.GetValue("name", BsonNull.Value) is not BsonString { Value.Length: > 0 })
                    throw new DatabaseToolException($"{file.Name}: an index needs a key and a name.");
            }

            return new CollectionShape(
                Path.GetFileNameWithoutExtension(file.Name),
                validator.TryGetValue("$jsonSchema", out var schema) ? JsonText.Of(schema) : null,
                [.. indexes.Select(index => JsonText.Of(index))]);
        }
        catch (JsonException exception)
        {
            throw new DatabaseToolException($"{file.Name}:{exception.LineNumber + 1}: it is no JSON: {exception.Message}", exception);
        }
        catch (Exception exception) when (exception is InvalidCastException or FormatException)
        {
            throw new DatabaseToolException($"{file.Name}: {exception.Message} Write it as docs/data.md says.", exception);
        }
    }

    private static void Only(FileInfo file, BsonDocument content, string what, IReadOnlyList<string> known)
    {
        if (content.Names.FirstOrDefault(name => !known.Contains(name)) is { } unknown)
            throw new DatabaseToolException($"{file.Name}: '{unknown}' of {what} can't be declared: it has {string.Join(", ", known)}. Write the migration by hand.");
    }
}
