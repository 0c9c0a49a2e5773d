using System.Buffers.Binary;
using System.Text;
using ChatApp.LocalStack.Mongo.Users;
using MongoDB.Bson;

namespace ChatApp.LocalStack.Mongo;

/// <summary>One request of the wire protocol. All memory in it is a view of the connection's receive buffer, valid until the answer is sent.</summary>
internal sealed class Request
{
    private const int HeaderSize = 16, OpQuery = 2004, OpMsg = 2013;

    private byte[] _databaseBytes = [];

    /// <summary>Who sends it; null before the client has signed in.</summary>
    public User? User { get; set; }

    public int Id { get; private set; }

    /// <summary>An old handshake comes as OP_QUERY and wants an OP_REPLY.</summary>
    public bool IsQuery { get; private set; }

    /// <summary>The client wants no answer (an unacknowledged write).</summary>
    public bool MoreToCome { get; private set; }

    public ReadOnlyMemory<byte> Body { get; private set; }

    /// <summary>The documents that came beside the command (section kind 1), one after the other; what they are follows from the command.</summary>
    public ReadOnlyMemory<byte>? Documents { get; private set; }

    public string Command { get; private set; } = "";

    /// <summary>The command's own value where that is a string: the collection, as a rule.</summary>
    public string? Target { get; private set; }

    /// <summary>The command's own value where that is a number: the cursor of getMore.</summary>
    public long Number { get; private set; }

    public string Database { get; private set; } = "";
    public Guid? SessionId { get; private set; }
    public long? TransactionNumber { get; private set; }
    public bool StartsTransaction { get; private set; }

    /// <summary>True in a multi-document transaction: only there "autocommit" is sent, and false.</summary>
    public bool InTransaction { get; private set; }

    public bool IsRetryableWrite => TransactionNumber is not null && !InTransaction;

    public void Read(ReadOnlyMemory<byte> message)
    {
        var span = message.Span;
        Id = BinaryPrimitives.ReadInt32LittleEndian(span[4..]);
        Documents = null;
        Body = default;

        switch (BinaryPrimitives.ReadInt32LittleEndian(span[12..]))
        {
            case OpMsg:
                ReadSections(message);
                break;
            case OpQuery:
                var name = span[(HeaderSize + 4)..];
                var start = HeaderSize + 4 + name.IndexOf((byte)0) + 1 + 8;
                (IsQuery, MoreToCome, Body) = (true, false, message[start..]);
                (Database, _databaseBytes) = (Encoding.UTF8.GetString(name[..name.IndexOf((byte)'.')]), []);
                break;
            case var other:
                throw new FormatException($"Operation {other} of the wire protocol is not supported.");
        }

        ReadCommand(Body.Span);
    }

    private void ReadSections(ReadOnlyMemory<byte> message)
    {
        var span = message.Span;
        var flags = BinaryPrimitives.ReadUInt32LittleEndian(span[HeaderSize..]);
        (IsQuery, MoreToCome) = (false, (flags & 2) != 0);

        var end = span.Length - ((flags & 1) != 0 ? 4 : 0);
        for (var at = HeaderSize + 4; at < end;)
        {
            var kind = span[at++];
            var size = BinaryPrimitives.ReadInt32LittleEndian(span[at..]);
            var section = message.Slice(at, size);

            if (kind == 0)
                Body = section;
            else if (kind == 1 && Documents is null)
                Documents = section[(5 + section.Span[4..].IndexOf((byte)0))..];
            else
                throw new FormatException("A message with two document sequences is not supported.");

            at += size;
        }
    }

    private void ReadCommand(ReadOnlySpan<byte> body)
    {
        Target = null;
        (SessionId, TransactionNumber, StartsTransaction, InTransaction) = (null, null, false, false);

        var element = new RawBson(body);
        if (!element.Next())
            throw new FormatException("The command is empty.");

        if (!Ascii.Equals(element.Name, Command))
            Command = Encoding.UTF8.GetString(element.Name);
        if (element.Type == BsonType.String)
            Target = element.AsString();
        else if (element.Type == BsonType.Int64)
            Number = element.AsLong();

        while (element.Next())
        {
            switch (element.Name.Length)
            {
                case 3 when element.Name.SequenceEqual("$db"u8):
                    ReadDatabase(element);
                    break;
                case 4 when element.Name.SequenceEqual("lsid"u8):
                    ReadSession(element.Value);
                    break;
                case 9 when element.Name.SequenceEqual("txnNumber"u8):
                    TransactionNumber = element.AsLong();
                    break;
                case 10 when element.Name.SequenceEqual("autocommit"u8):
                    InTransaction = !element.AsBool();
                    break;
                case 16 when element.Name.SequenceEqual("startTransaction"u8):
                    StartsTransaction = element.AsBool();
                    break;
            }
        }
    }

    private void ReadDatabase(in RawBson element)
    {
        if (element.Value.SequenceEqual(_databaseBytes))
            return;

        Database = element.AsString();
        _databaseBytes = element.Value.ToArray();
    }

    private void ReadSession(ReadOnlySpan<byte> session)
    {
        var element = new RawBson(session);
        while (element.Next())
        {
            if (element.Name.SequenceEqual("id"u8) && element.Type == BsonType.Binary && element.Value.Length == 21)
                SessionId = new Guid(element.Value[5..], bigEndian: true);
        }
    }

    /// <summary>For the few commands that the gateway answers by looking into them.</summary>
    public BsonDocument Decode() => Bson.Decode(Body.Span);
}
