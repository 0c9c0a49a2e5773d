using System.Reflection;
using ChatApp.Platform.Messaging;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace ChatApp.Platform.Database;

/// <summary>Gives a service its PostgreSQL database: connections, migrations at start-up, outbox and a health check.</summary>
public static class Postgres
{
    /// <param name="builder">The service.</param>
    /// <param name="name">
    /// The connection string's name: <c>ConnectionStrings:{name}</c> is the role that the service runs with, <c>ConnectionStrings:{name}_owner</c>, if given,
    /// the one that migrates.
    /// </param>
    /// <param name="schema">The one schema that the service owns.</param>
    public static WebApplicationBuilder AddPostgres(this WebApplicationBuilder builder, string name, string schema)
    {
        DapperConventions.Apply();
        var connectionString = builder.Configuration.Required($"ConnectionStrings:{name}");
        var owner = builder.Configuration[$"ConnectionStrings:{name}_owner"];
        var migrations = new PostgresMigrations(
            name,
            schema,
            owner ?? connectionString,
            owner is null ? null : connectionString,
            PostgresScript.In(Assembly.Load(new AssemblyName(builder.Environment.ApplicationName))));

        builder.Services.AddSingleton(services => CreateDataSource(connectionString, schema, services.GetRequiredService<ILoggerFactory>()));
        builder.Services.AddSingleton<IServiceDatabase>(migrations);
        builder.Services.AddHostedService<MigrateAtStart>();
        builder.Services.AddSingleton<EventPublisher>();
        builder.Services.AddSingleton<PostgresOutboxRelay>();
        builder.Services.AddSingleton<IOutbox>(services => services.GetRequiredService<PostgresOutboxRelay>());
        builder.Services.AddHostedService(services => services.GetRequiredService<PostgresOutboxRelay>());
        builder.Services.AddSingleton<PostgresInbox>();
        builder.Services.AddSingleton<IDeadLetterStore, PostgresDeadLetters>();
        builder.Services.AddHostedService<MessagingUpkeep>();
        builder.Services.AddHealthChecks().AddCheck<Health>("postgres");
        return builder;
    }

    private static NpgsqlDataSource CreateDataSource(string connectionString, string schema, ILoggerFactory loggers)
    {
        var builder = new NpgsqlDataSourceBuilder(connectionString).UseLoggerFactory(loggers);
        var settings = builder.ConnectionStringBuilder;
        settings.SearchPath = schema;
        // Two cores serve about this many statements at once; more connections only wait inside the server.
        settings.MaxPoolSize = 30;
        // For a free connection, or for a server that does not answer: longer than a burst lasts, shorter than a caller waits.
        settings.Timeout = 5;
        // A statement takes milliseconds: one that takes so long is stuck behind a lock.
        settings.CommandTimeout = 10;
        // More than a service has: each is parsed and planned once per connection.
        settings.MaxAutoPrepare = 50;
        // A process that hangs in a transaction gives its locks back.
        settings.Options = $"{settings.Options} -c idle_in_transaction_session_timeout=30s".TrimStart();
        // No setting for reads: there is one server, so a service reads what it wrote.
        return builder.Build();
    }

    private sealed class Health(NpgsqlDataSource db) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            await using var connection = await db.OpenConnectionAsync(cancellationToken);
            return HealthCheckResult.Healthy();
        }
    }
}
