using System.Buffers.Binary;
using System.Security.Cryptography;

namespace ChatApp.Notification.Inbox;

/// <summary>
/// The id of what an event tells one user: the same each time that the event is delivered, so that a duplicate can't be stored. Laid out as a UUID v7, so
/// that ids sort by the time of what happened and pages need no other key.
/// </summary>
internal static class NotificationId
{
    public static Guid Of(Guid eventId, Guid userId, DateTimeOffset happenedAt)
    {
        Span<byte> source = stackalloc byte[32];
        eventId.TryWriteBytes(source, bigEndian: true, out _);
        userId.TryWriteBytes(source[16..], bigEndian: true, out _);
        Span<byte> id = stackalloc byte[32];
        SHA256.HashData(source, id);

        // RFC 9562, section 5.7: 48 bits of milliseconds, then version and variant among the bits that are free.
        Span<byte> milliseconds = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(milliseconds, happenedAt.ToUnixTimeMilliseconds());
        milliseconds[2..].CopyTo(id);
        id[6] = (byte)((id[6] & 0x0F) | 0x70);
        id[8] = (byte)((id[8] & 0x3F) | 0x80);
        return new Guid(id[..16], bigEndian: true);
    }
}
