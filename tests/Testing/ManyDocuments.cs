using MongoDB.Bson;
using MongoDB.Driver;

namespace ChatApp.Testing;

/// <summary>Fills a collection before its indexes are made: that takes seconds, where it would take a minute behind them.</summary>
public static class ManyDocuments
{
    public const int Count = 100_000;

    private const int Batch = 10_000;

    private static readonly InsertManyOptions InAnyOrder = new() { IsOrdered = false };

    /// <param name="document">The document of a number from 0 on.</param>
    public static async Task FillAsync(this IMongoDatabase db, string collection, Func<int, BsonDocument> document)
    {
        var documents = db.GetCollection<BsonDocument>(collection);
        await Parallel.ForEachAsync(
            Enumerable.Range(0, Count).Chunk(Batch),
            new ParallelOptions { MaxDegreeOfParallelism = 2 },
            async (numbers, ct) => await documents.InsertManyAsync(numbers.Select(document), InAnyOrder, ct));
    }

    /// <summary>The same id for the same number, of people and things that nobody asks for.</summary>
    public static BsonBinaryData Id(int number) => new(new Guid(number, 0, 0, new byte[8]), GuidRepresentation.Standard);
}
