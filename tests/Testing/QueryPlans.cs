using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace ChatApp.Testing;

/// <summary>The plans of the statements that a service really runs, as PostgreSQL's auto_explain reports them.</summary>
public sealed partial class QueryPlans : ILoggerProvider
{
    private readonly ConcurrentQueue<string> _plans = new();

    public IReadOnlyList<string> All => [.. _plans];

    /// <summary>The indexes that some plan uses.</summary>
    public IReadOnlyCollection<string> Indexes =>
        [.. _plans.SelectMany(plan => IndexUse().Matches(plan).Select(use => use.Groups["name"].Value)).Distinct()];

    /// <summary>The plans that read one of these tables from end to end.</summary>
    public IReadOnlyList<string> ScansOf(params IEnumerable<string> tables) =>
        [.. _plans.Where(plan => tables.Any(table => plan.Contains($"Seq Scan on {table} ", StringComparison.Ordinal)))];

    /// <summary>Makes the service report its plans here.</summary>
    public void Record(IWebHostBuilder builder, string appId, ITestDatabase database)
    {
        var reporting = new NpgsqlConnectionStringBuilder(database.ConnectionString)
        {
            Options = "-c session_preload_libraries=auto_explain -c auto_explain.log_min_duration=0 -c auto_explain.log_level=notice",
        };
        builder.UseSetting($"ConnectionStrings:{appId}", reporting.ConnectionString);
        builder.ConfigureTestServices(services => services.AddLogging(logging =>
            logging.AddProvider(this).AddFilter<QueryPlans>(null, LogLevel.None).AddFilter<QueryPlans>("Npgsql.Connection", LogLevel.Debug)));
    }

    public ILogger CreateLogger(string categoryName) => new Recorder(this);

    public void Dispose()
    {
    }

    [GeneratedRegex(@"Index (Only )?Scan (Backward )?using (?<name>\w+) on|Bitmap Index Scan on (?<name>\w+)")]
    private static partial Regex IndexUse();

    [GeneratedRegex(@"Query Text:.*", RegexOptions.Singleline)]
    private static partial Regex Report();

    private sealed class Recorder(QueryPlans plans) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (Report().Match(formatter(state, exception)) is { Success: true } report)
                plans._plans.Enqueue(report.Value);
        }
    }
}
