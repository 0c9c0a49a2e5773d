using System.Globalization;
using Google.Protobuf;

namespace ChatApp.LocalStack.Telemetry;

/// <summary>
/// Reads what exporters send: the few fields of opentelemetry-proto 1.x that this store keeps (<see href="https://opentelemetry.io/docs/specs/otlp/"/>). The
/// numbers are those of its .proto files.
/// </summary>
internal static class Otlp
{
    private const ulong Error = 2;

    /// <exception cref="InvalidProtocolBufferException">It is no ExportTraceServiceRequest.</exception>
    public static IEnumerable<Span> Spans(ByteString request) =>
        from resource in All(ProtobufField.Read(request), 1)
        let of = Resource(resource)
        from scope in All(resource, 2)
        from span in All(scope, 2)
        select ReadSpan(of.Service, of.Instance, span);

    /// <exception cref="InvalidProtocolBufferException">It is no ExportMetricsServiceRequest.</exception>
    public static IEnumerable<Measured> Measurements(ByteString request) =>
        from resource in All(ProtobufField.Read(request), 1)
        let of = Resource(resource)
        from scope in All(resource, 2)
        from metric in All(scope, 2)
        let name = Last(metric, 1).Text
        from measured in Points(metric, 5).Concat(Points(metric, 7)).Select(point => new Measured(of.Service, of.Instance, name, Attributes(point, 7), Number(point)))
            .Concat(Points(metric, 9).Select(point => new Measured(of.Service, of.Instance, name, Attributes(point, 9), Last(point, 5).Double) { Count = Last(point, 4).Bits }))
        select measured;

    private static Span ReadSpan(string service, string instance, List<ProtobufField> span)
    {
        var status = Last(span, 15).Bytes is { IsEmpty: false } bytes ? ProtobufField.Read(bytes) : [];
        return new Span(
            Last(span, 1).Hex,
            Last(span, 2).Hex,
            Last(span, 4).Hex is { Length: > 0 } parent ? parent : null,
            service,
            instance,
            Last(span, 5).Text,
            Time(Last(span, 7)),
            Time(Last(span, 8)),
            Attributes(span, 9),
            Last(status, 3).Bits == Error,
            [.. All(span, 13).Select(link => Last(link, 1).Hex)]);
    }

    private static (string Service, string Instance) Resource(List<ProtobufField> resource)
    {
        var attributes = Attributes(Last(resource, 1).Fields, 1);
        return (attributes.GetValueOrDefault("service.name", ""), attributes.GetValueOrDefault("service.instance.id", ""));
    }

    private static IEnumerable<List<ProtobufField>> Points(List<ProtobufField> metric, int kind) => All(metric, kind).SelectMany(data => All(data, 1));

    /// <summary>Either as_double or as_int.</summary>
    private static double Number(List<ProtobufField> point) => point.Find(field => field.Number is 4 or 6) switch
    {
        { Number: 4 } real => real.Double,
        { Number: 6 } whole => (long)whole.Bits,
        _ => 0,
    };

    private static Dictionary<string, string> Attributes(List<ProtobufField> message, int number)
    {
        var attributes = new Dictionary<string, string>();
        foreach (var attribute in All(message, number))
            attributes[Last(attribute, 1).Text] = Value(Last(attribute, 2).Fields);
        return attributes;
    }

    private static string Value(List<ProtobufField> any) => any is [var value]
        ? value.Number switch
        {
            1 => value.Text,
            2 => value.Bits == 0 ? "false" : "true",
            3 => ((long)value.Bits).ToString(CultureInfo.InvariantCulture),
            4 => value.Double.ToString(CultureInfo.InvariantCulture),
            _ => "",
        }
        : "";

    private static DateTimeOffset Time(ProtobufField nanoseconds) => DateTimeOffset.UnixEpoch.AddTicks((long)(nanoseconds.Bits / 100));

    private static IEnumerable<List<ProtobufField>> All(List<ProtobufField> message, int number) =>
        message.Where(field => field.Number == number).Select(field => field.Fields);

    /// <summary>Empty where there is none, as protobuf's defaults are.</summary>
    private static ProtobufField Last(List<ProtobufField> message, int number) =>
        message.FindLast(field => field.Number == number) is { Bytes: not null } found ? found : new ProtobufField(number, 0, ByteString.Empty);
}
