using System.Buffers.Binary;
using System.Diagnostics;
using System.Text.Json;
using ChatApp.Contracts;

namespace ChatApp.Platform.Messaging;

/// <summary>An event as it is stored with the change that caused it, until the broker has it.</summary>
/// <param name="Id">The CloudEvents id, by which readers know a duplicate.</param>
/// <param name="Payload">The event as JSON, in UTF-8.</param>
/// <param name="TraceParent">The W3C trace context of the change, so that the trace goes on behind the broker.</param>
public sealed record OutboxEvent(Guid Id, string Topic, string Type, string Key, byte[] Payload, string? TraceParent, DateTimeOffset At)
{
    private static int _sequence;

    /// <param name="id">The same each time that the event is made of its document; a new one where there is none.</param>
    public static OutboxEvent From<T>(T @event, DateTimeOffset at, Guid? id = null, string? traceParent = null)
        where T : IEvent => new(
            id ?? NextId(at),
            T.Topic,
            T.Type,
            @event.Key,
            JsonSerializer.SerializeToUtf8Bytes(@event, typeof(T), EventJson.Default),
            traceParent ?? Activity.Current?.Id,
            at);

    /// <summary>The event itself; the caller knows its type from <see cref="Type"/>.</summary>
    public T Read<T>()
        where T : IEvent => (T)JsonSerializer.Deserialize(Payload, typeof(T), EventJson.Default)!;

    /// <summary>The id of the event that a change of a document makes: a UUID v7 with the time of the change, and in place of random bits the document and the change's number.</summary>
    public static Guid IdOf(DateTimeOffset at, Guid document, long number)
    {
        Span<byte> id = stackalloc byte[16];
        document.TryWriteBytes(id, bigEndian: true, out _);
        var random = BinaryPrimitives.ReadUInt64BigEndian(id[8..]) ^ ((ulong)number << 12) ^ (ulong)number;
        BinaryPrimitives.WriteUInt64BigEndian(id, ((ulong)at.ToUnixTimeMilliseconds() << 16) | 0x7000 | ((ulong)number & 0xFFF));
        BinaryPrimitives.WriteUInt64BigEndian(id[8..], (random & 0x3FFF_FFFF_FFFF_FFFF) | 0x8000_0000_0000_0000);
        return new Guid(id, bigEndian: true);
    }

    /// <summary>A UUID v7 whose 32 bits behind the time count upwards, so that a process's events sort as they were made, those of one millisecond too.</summary>
    private static Guid NextId(DateTimeOffset at)
    {
        Span<byte> id = stackalloc byte[16];
        Guid.CreateVersion7(at).TryWriteBytes(id, bigEndian: true, out _);
        var sequence = (uint)Interlocked.Increment(ref _sequence);
        BinaryPrimitives.WriteUInt16BigEndian(id[6..], (ushort)(0x7000 | (sequence >> 20)));
        BinaryPrimitives.WriteUInt16BigEndian(id[8..], (ushort)(0x8000 | ((sequence >> 6) & 0x3FFF)));
        id[10] = (byte)((sequence << 2) | (id[10] & 0x03u));
        return new Guid(id, bigEndian: true);
    }
}
