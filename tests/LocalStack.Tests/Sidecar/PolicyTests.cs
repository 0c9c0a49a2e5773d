using ChatApp.LocalStack.Sidecar.Policies;
using ChatApp.LocalStack.Sidecar.Resources;

namespace ChatApp.LocalStack.Tests.Sidecar;

public sealed class PolicyTests
{
    private readonly Clock _clock = new();

    [Theory]
    [InlineData("5s", 5000)]
    [InlineData("1m30s", 90000)]
    [InlineData("1.5h", 5400000)]
    [InlineData("200ms", 200)]
    [InlineData("250", 250)]
    public void Durations_are_read_as_go_writes_them(string text, int milliseconds) =>
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), GoDuration.Parse(text));

    [Fact]
    public void An_exponential_retry_grows_to_its_bound_and_ends_after_a_quarter_of_an_hour()
    {
        var retry = RetryPolicy.From("r", new RetrySpec { Policy = "exponential", MaxInterval = "2s" });

        Assert.InRange(retry.Delay(1, TimeSpan.Zero)!.Value.TotalMilliseconds, 250, 750);
        Assert.InRange(retry.Delay(2, TimeSpan.Zero)!.Value.TotalMilliseconds, 375, 1125);
        Assert.InRange(retry.Delay(50, TimeSpan.Zero)!.Value.TotalMilliseconds, 1000, 3000);
        Assert.Null(retry.Delay(51, TimeSpan.FromMinutes(16)));
    }

    [Fact]
    public void A_constant_retry_stays_the_same_and_ends_with_its_count()
    {
        var retry = RetryPolicy.From("r", new RetrySpec { MaxRetries = 2 });

        Assert.Equal([TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(5), null], new[] { 1, 2, 3 }.Select(n => retry.Delay(n, TimeSpan.Zero)));
    }

    [Fact]
    public void A_breaker_opens_tries_one_call_and_closes_again()
    {
        var breaker = new CircuitBreaker(CircuitBreakerSettings.From("cb", new CircuitBreakerSpec { Trip = "consecutiveFailures >= 2", Timeout = "30s" }), _clock);

        Fail();
        Fail();
        Assert.Throws<CircuitOpenException>(breaker.Enter);

        _clock.Advance(TimeSpan.FromSeconds(30));
        breaker.Enter();
        Assert.Throws<CircuitOpenException>(breaker.Enter);
        breaker.Leave(success: true);

        Fail();
        breaker.Enter();

        void Fail()
        {
            breaker.Enter();
            breaker.Leave(success: false);
        }
    }

    [Fact]
    public void A_failed_trial_opens_the_breaker_again()
    {
        var breaker = new CircuitBreaker(CircuitBreakerSettings.From("cb", new CircuitBreakerSpec { Trip = "totalFailures > 0", Timeout = "30s" }), _clock);
        breaker.Enter();
        breaker.Leave(success: false);
        _clock.Advance(TimeSpan.FromSeconds(31));

        breaker.Enter();
        breaker.Leave(success: false);

        Assert.Throws<CircuitOpenException>(breaker.Enter);
    }

    [Fact]
    public void Policies_with_reserved_names_hold_for_targets_without_an_entry()
    {
        var policies = new ResiliencyPolicies(
        [
            new ResiliencyResource
            {
                Spec = new ResiliencySpec
                {
                    Policies = new PolicySpecs { Retries = { ["DefaultPubsubComponentInboundRetryPolicy"] = new RetrySpec() } },
                    Targets = new TargetSpecs { Components = { ["named"] = new ComponentPolicyNames { Inbound = new PolicyNames() } } }
                }
            }
        ], "app", TimeProvider.System);

        Assert.True(policies.Inbound("other", "Pubsub") is { HasRetries: true });
        Assert.Null(policies.Inbound("named", "Pubsub"));
        Assert.Null(policies.Outbound("other", "Pubsub"));
        Assert.Null(policies.ForApp("app", "x"));
    }

    private sealed class Clock : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _ticks;

        public void Advance(TimeSpan time) => _ticks += time.Ticks;
    }
}
