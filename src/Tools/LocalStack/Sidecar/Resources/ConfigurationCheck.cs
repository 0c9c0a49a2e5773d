namespace ChatApp.LocalStack.Sidecar.Resources;

/// <summary>Says in one line each which parts of a configuration file have no or little effect here, and refuses what would mislead.</summary>
internal static class ConfigurationCheck
{
    public static IEnumerable<string> Notices(ConfigurationSpec spec, string file)
    {
        if (spec.Mtls is { Enabled: true })
            throw new ResourceException($"{file}: mtls cannot be enabled, there is no certificate authority here.");

        if (spec.Logging?.ApiLogging is { Enabled: true })
            throw new ResourceException($"{file}: logging.apiLogging is not supported.");

        if (spec.AccessControl is { } access)
        {
            if (access.DefaultAction is not (null or "allow" or "deny"))
                throw new ResourceException($"{file}: accessControl.defaultAction is \"allow\" or \"deny\".");

            yield return $"{file}: accessControl knows no caller without mTLS; as in Dapr, only its defaultAction counts " +
                         $"({access.DefaultAction ?? "allow"}, for every caller), policies are never consulted.";
        }

        if (spec.Tracing?.Otel?.EndpointAddress is not null || spec.Tracing?.Zipkin?.EndpointAddress is not null)
            yield return $"{file}: tracing has no endpoints here: spans go where OTEL_EXPORTER_OTLP_ENDPOINT says, by OTLP.";

        if (spec.NameResolution is not null)
            yield return $"{file}: nameResolution has no effect, apps are found in the sidecar's own list.";

        if (spec.Metrics is { Enabled: true } || spec.Metric is { Enabled: true })
            yield return $"{file}: metrics are not served.";

        foreach (var feature in spec.Features ?? [])
            yield return $"{file}: feature {feature.Name} has no effect.";
    }
}
