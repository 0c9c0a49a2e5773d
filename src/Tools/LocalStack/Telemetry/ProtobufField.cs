using Google.Protobuf;

namespace ChatApp.LocalStack.Telemetry;

/// <summary>One field of a protobuf message, as its wire form has it (<see href="https://protobuf.dev/programming-guides/encoding/"/>).</summary>
/// <param name="Bits">The value of a varint or a fixed-width field.</param>
/// <param name="Bytes">The value of a length-delimited field: text, bytes or another message.</param>
internal readonly record struct ProtobufField(int Number, ulong Bits, ByteString Bytes)
{
    public string Text => Bytes.ToStringUtf8();

    public string Hex => Convert.ToHexStringLower(Bytes.Span);

    public double Double => BitConverter.UInt64BitsToDouble(Bits);

    /// <summary>The fields of the message in this field.</summary>
    public List<ProtobufField> Fields => Read(Bytes);

    /// <exception cref="InvalidProtocolBufferException">It is no protobuf message.</exception>
    public static List<ProtobufField> Read(ByteString message)
    {
        var fields = new List<ProtobufField>();
        var input = message.CreateCodedInput();
        while (input.ReadTag() is var tag and not 0)
        {
            var number = WireFormat.GetTagFieldNumber(tag);
            switch (WireFormat.GetTagWireType(tag))
            {
                case WireFormat.WireType.Varint:
                    fields.Add(new(number, input.ReadUInt64(), ByteString.Empty));
                    break;
                case WireFormat.WireType.Fixed64:
                    fields.Add(new(number, input.ReadFixed64(), ByteString.Empty));
                    break;
                case WireFormat.WireType.Fixed32:
                    fields.Add(new(number, input.ReadFixed32(), ByteString.Empty));
                    break;
                case WireFormat.WireType.LengthDelimited:
                    fields.Add(new(number, 0, input.ReadBytes()));
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }

        return fields;
    }
}
