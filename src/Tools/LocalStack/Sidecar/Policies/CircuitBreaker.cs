using System.Globalization;
using System.Text.RegularExpressions;
using ChatApp.LocalStack.Sidecar.Resources;

namespace ChatApp.LocalStack.Sidecar.Policies;

/// <summary>When a breaker opens, and for how long.</summary>
internal sealed record CircuitBreakerSettings(int MaxRequests, TimeSpan Interval, TimeSpan OpenTime, string Counter, int Threshold)
{
    public static CircuitBreakerSettings From(string name, CircuitBreakerSpec spec)
    {
        var trip = Regex.Match(spec.Trip ?? "consecutiveFailures > 5", @"^\s*(consecutiveFailures|totalFailures|requests)\s*(>=?)\s*(\d+)\s*$");

        if (!trip.Success)
            throw new ResourceException(
                $"Circuit breaker {name}: trip \"{spec.Trip}\" is not supported, only consecutiveFailures, totalFailures or requests compared with > or >=.");

        var bound = int.Parse(trip.Groups[3].Value, CultureInfo.InvariantCulture);

        return new CircuitBreakerSettings(
            Math.Max(1, spec.MaxRequests ?? 1),
            GoDuration.Parse(spec.Interval ?? "0s"),
            GoDuration.Parse(spec.Timeout ?? "60s") is { Ticks: > 0 } open ? open : TimeSpan.FromSeconds(60),
            trip.Groups[1].Value,
            trip.Groups[2].Value == ">" ? bound + 1 : bound);
    }
}

/// <summary>Closed, open for a while, then half open: a few trial calls decide.</summary>
internal sealed class CircuitBreaker(CircuitBreakerSettings settings, TimeProvider time)
{
    private readonly Lock _lock = new();
    private long _since = time.GetTimestamp();
    private bool _open, _halfOpen;
    private int _requests, _successes, _failures, _consecutiveFailures;

    /// <exception cref="CircuitOpenException">The breaker lets nothing through now.</exception>
    public void Enter()
    {
        lock (_lock)
        {
            if (_open)
            {
                if (time.GetElapsedTime(_since) < settings.OpenTime)
                    throw new CircuitOpenException("circuit breaker is open");

                (_open, _halfOpen) = (false, true);
                Clear();
            }

            if (_halfOpen && _requests >= settings.MaxRequests)
                throw new CircuitOpenException("too many requests");

            if (!_halfOpen && settings.Interval > TimeSpan.Zero && time.GetElapsedTime(_since) >= settings.Interval)
                Clear();

            _requests++;
        }
    }

    public void Leave(bool success)
    {
        lock (_lock)
        {
            if (success)
                Succeeded();
            else
                Failed();
        }
    }

    private void Succeeded()
    {
        _consecutiveFailures = 0;

        if (_halfOpen && ++_successes >= settings.MaxRequests)
        {
            _halfOpen = false;
            Clear();
        }
    }

    private void Failed()
    {
        _failures++;
        _consecutiveFailures++;

        if (_halfOpen || Count() >= settings.Threshold)
        {
            (_open, _halfOpen) = (true, false);
            Clear();
        }
    }

    private int Count() => settings.Counter switch
    {
        "requests" => _requests,
        "totalFailures" => _failures,
        _ => _consecutiveFailures
    };

    private void Clear()
    {
        _requests = _successes = _failures = _consecutiveFailures = 0;
        _since = time.GetTimestamp();
    }
}
