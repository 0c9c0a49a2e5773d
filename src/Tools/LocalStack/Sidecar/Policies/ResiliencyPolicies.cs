using System.Collections.Concurrent;
using ChatApp.LocalStack.Sidecar.Resources;

namespace ChatApp.LocalStack.Sidecar.Policies;

/// <summary>The resiliency files as one app's sidecar sees them: which policies a call to an app or a component gets.</summary>
internal sealed class ResiliencyPolicies
{
    private const int DefaultCacheSize = 100;

    private readonly Dictionary<string, TimeSpan> _timeouts = [];
    private readonly Dictionary<string, RetryPolicy> _retries = [];
    private readonly Dictionary<string, CircuitBreakerSettings> _breakers = [];
    private readonly Dictionary<string, PolicyNames> _apps = [];
    private readonly Dictionary<string, ComponentPolicyNames> _components = [];
    private readonly ConcurrentDictionary<string, CircuitBreaker> _breakerOf = new();
    private readonly ConcurrentDictionary<string, Policy?> _policyOf = new();
    private readonly ConcurrentDictionary<string, Policy?> _policyOfApp = new();
    private readonly TimeProvider _time;

    public ResiliencyPolicies(IEnumerable<ResiliencyResource> resources, string appId, TimeProvider time)
    {
        _time = time;

        foreach (var spec in resources.Where(resource => resource.IsFor(appId)).Select(resource => resource.Spec))
            Read(spec);

        foreach (var names in _apps.Values.Concat(_components.Values.SelectMany(both => new[] { both.Inbound, both.Outbound })))
            Check(names);
    }

    /// <summary>What calls to the app get; null when nothing is configured, so that the caller can take the short way.</summary>
    /// <param name="path">With the app's id, what has a circuit breaker of its own.</param>
    public Policy? ForApp(string appId, string path)
    {
        if (!_apps.TryGetValue(appId, out var names))
            return _policyOf.GetOrAdd("app default", _ => Build(Defaults(["App"]), "app " + appId));

        return names.CircuitBreaker is null
            ? _policyOfApp.GetOrAdd(appId, static (_, of) => of.Self.Build(of.Names, ""), (Self: this, Names: names))
            : Build(names, Cached($"app {appId}:{path}", names));
    }

    public Policy? Outbound(string component, string kind) =>
        _policyOf.GetOrAdd($"out {component}", key => Build(Named(component)?.Outbound ?? Defaults(Kinds(kind, "Outbound")), key));

    public Policy? Inbound(string component, string kind) =>
        _policyOf.GetOrAdd($"in {component}", key => Build(Named(component)?.Inbound ?? Defaults(Kinds(kind, "Inbound")), key));

    private ComponentPolicyNames? Named(string component) => _components.GetValueOrDefault(component);

    private static string[] Kinds(string kind, string direction) => [$"{kind}Component{direction}", $"Component{direction}"];

    /// <summary>Policies with a reserved name hold for targets that have no entry; the most special name wins.</summary>
    private PolicyNames Defaults(string[] kinds) => new()
    {
        Timeout = Find(kinds, "TimeoutPolicy", _timeouts.ContainsKey),
        Retry = Find(kinds, "RetryPolicy", _retries.ContainsKey),
        CircuitBreaker = Find(kinds, "CircuitBreakerPolicy", _breakers.ContainsKey)
    };

    private static string? Find(string[] kinds, string suffix, Func<string, bool> exists) =>
        kinds.Append("").Select(kind => $"Default{kind}{suffix}").FirstOrDefault(exists);

    private string Cached(string key, PolicyNames names)
    {
        // Dapr keeps the least recently used ones out; here a full cache starts anew.
        if (_breakerOf.Count > (names.CircuitBreakerCacheSize ?? DefaultCacheSize) && !_breakerOf.ContainsKey(key))
            _breakerOf.Clear();

        return key;
    }

    private Policy? Build(PolicyNames names, string breakerKey)
    {
        if ((names.Timeout ?? names.Retry ?? names.CircuitBreaker) is null)
            return null;

        return new Policy(
            names.Timeout is { } timeout ? _timeouts[timeout] : null,
            names.Retry is { } retry ? _retries[retry] : null,
            names.CircuitBreaker is { } breaker ? _breakerOf.GetOrAdd(breakerKey, _ => new CircuitBreaker(_breakers[breaker], _time)) : null,
            _time);
    }

    private void Read(ResiliencySpec spec)
    {
        foreach (var (name, duration) in spec.Policies.Timeouts)
            _timeouts[name] = GoDuration.Parse(duration);

        foreach (var (name, retry) in spec.Policies.Retries)
            _retries[name] = RetryPolicy.From(name, retry);

        foreach (var (name, breaker) in spec.Policies.CircuitBreakers)
            _breakers[name] = CircuitBreakerSettings.From(name, breaker);

        foreach (var (name, names) in spec.Targets.Apps)
            _apps[name] = names;

        foreach (var (name, names) in spec.Targets.Components)
            _components[name] = names;
    }

    private void Check(PolicyNames? names)
    {
        Exists(names?.Timeout, _timeouts.ContainsKey, "timeout");
        Exists(names?.Retry, _retries.ContainsKey, "retry");
        Exists(names?.CircuitBreaker, _breakers.ContainsKey, "circuit breaker");

        static void Exists(string? name, Func<string, bool> exists, string kind)
        {
            if (name is not null && !exists(name))
                throw new ResourceException($"Resiliency: there is no {kind} policy \"{name}\".");
        }
    }
}
