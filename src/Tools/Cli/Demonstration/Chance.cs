using System.Buffers.Binary;

namespace ChatApp.Cli.Demonstration;

/// <summary>Chance that falls the same way each time: what is derived from one number is the same on every machine.</summary>
internal sealed class Chance(int number)
{
    /// <summary>.NET keeps the numbers of a seeded generator the same from version to version.</summary>
    private readonly Random _random = new(number);

    public int Below(int end) => _random.Next(end);

    public bool Percent(int chance) => _random.Next(100) < chance;

    public double Fraction() => _random.NextDouble();

    public T Of<T>(IReadOnlyList<T> choices) => choices[_random.Next(choices.Count)];

    public void Shuffle<T>(T[] items) => _random.Shuffle(items);

    /// <summary>A UUID v7 of that moment (RFC 9562, section 5.7).</summary>
    public Guid IdOf(DateTimeOffset at)
    {
        Span<byte> id = stackalloc byte[16];
        _random.NextBytes(id);
        Span<byte> milliseconds = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(milliseconds, at.ToUnixTimeMilliseconds());
        milliseconds[2..].CopyTo(id);
        id[6] = (byte)((id[6] & 0x0F) | 0x70);
        id[8] = (byte)((id[8] & 0x3F) | 0x80);
        return new Guid(id, bigEndian: true);
    }
}
