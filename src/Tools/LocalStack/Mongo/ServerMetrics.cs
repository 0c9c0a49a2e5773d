using System.Collections.Concurrent;
using MongoDB.Bson;

namespace ChatApp.LocalStack.Mongo;

/// <summary>What <c>serverStatus</c> calls <c>metrics</c>: how often each command ran, and how many documents were written.</summary>
internal sealed class ServerMetrics
{
    private readonly ConcurrentDictionary<string, long> _commands = new();
    private long _inserted, _updated, _deleted;

    public void Ran(string command) => _commands.AddOrUpdate(command, 1, static (_, count) => count + 1);

    /// <param name="answer">Of a write. It is looked into without being decoded: every write passes here.</param>
    public void Wrote(string command, ReadOnlySpan<byte> answer)
    {
        var written = Written.Of(answer);
        switch (command)
        {
            case "insert":
                Interlocked.Add(ref _inserted, written.Found);
                break;
            case "delete":
                Interlocked.Add(ref _deleted, written.Found);
                break;
            default:
                Interlocked.Add(ref _inserted, written.Upserted);
                Interlocked.Add(ref _updated, written.Modified);
                break;
        }
    }

    public BsonDocument ToStatus(string address) => new()
    {
        { "host", address },
        { "process", "mongo-gateway" },
        {
            "metrics",
            new BsonDocument
            {
                { "commands", new BsonDocument(_commands.Select(ran => new BsonElement(ran.Key, new BsonDocument("total", ran.Value)))) },
                { "document", new BsonDocument { { "deleted", _deleted }, { "inserted", _inserted }, { "updated", _updated } } },
            }
        },
        { "ok", 1.0 },
    };

    /// <summary>What the answer of a write says: of findAndModify in <c>lastErrorObject</c>, which knows no <c>nModified</c>.</summary>
    private readonly record struct Written(long Found, long Modified, int Upserted)
    {
        public static Written Of(ReadOnlySpan<byte> answer)
        {
            var written = default(Written);
            var element = new RawBson(answer);
            while (element.Next())
            {
                if (element.Name.SequenceEqual("lastErrorObject"u8) && element.Type == BsonType.Document)
                    written = OfOne(element.Value);
                else if (element.Name.SequenceEqual("n"u8))
                    written = written with { Found = element.AsLong() };
                else if (element.Name.SequenceEqual("nModified"u8))
                    written = written with { Modified = element.AsLong() };
                else if (element.Name.SequenceEqual("upserted"u8) && element.Type != BsonType.Null)
                    written = written with { Upserted = element.Type == BsonType.Array ? Count(element.Value) : 1 };
            }

            return written;
        }

        private static Written OfOne(ReadOnlySpan<byte> result)
        {
            var written = Of(result);
            return written with { Modified = written.Found - written.Upserted };
        }

        private static int Count(ReadOnlySpan<byte> array)
        {
            var count = 0;
            var element = new RawBson(array);
            while (element.Next())
                count++;
            return count;
        }
    }
}
