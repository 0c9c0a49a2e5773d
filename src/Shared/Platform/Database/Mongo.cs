using System.Diagnostics.Metrics;
using System.Reflection;
using ChatApp.Platform.Messaging;
using ChatApp.Platform.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using MongoDB.Bson;
using MongoDB.Bson.Serialization;
using MongoDB.Bson.Serialization.Conventions;
using MongoDB.Bson.Serialization.Serializers;
using MongoDB.Driver;

namespace ChatApp.Platform.Database;

/// <summary>Gives a service its MongoDB database: connections, migrations at start-up, outbox and a health check.</summary>
public static class Mongo
{
    /// <summary>UUIDs in the standard form, times as BSON dates, camelCase names, enums as text; fields that the program does not know are left alone.</summary>
    private static readonly Lazy<bool> Conventions = new(() =>
    {
        BsonSerializer.RegisterSerializer(new GuidSerializer(GuidRepresentation.Standard));
        BsonSerializer.RegisterSerializer(new DateTimeOffsetSerializer(BsonType.DateTime));
        ConventionRegistry.Register(
            "chatapp",
            new ConventionPack
            {
                new CamelCaseElementNameConvention(),
                new EnumRepresentationConvention(BsonType.String),
                new IgnoreExtraElementsConvention(true),
                new IgnoreIfNullConvention(true),
            },
            _ => true);
        return true;
    });

    /// <param name="builder">The service.</param>
    /// <param name="name">The connection string's name; its path names the database: <c>mongodb://host/chat_db</c>.</param>
    public static WebApplicationBuilder AddMongo(this WebApplicationBuilder builder, string name)
    {
        _ = Conventions.Value;
        var url = new MongoUrl(builder.Configuration.Required($"ConnectionStrings:{name}"));
        if (url.DatabaseName is null)
            throw new StartupException($"ConnectionStrings__{name} names no database: write mongodb://host:port/{name}_db.");

        var migrations = MongoMigration.In(Assembly.Load(new AssemblyName(builder.Environment.ApplicationName)));
        builder.Services.AddSingleton(services => new MongoPool(services.GetRequiredService<IMeterFactory>(), url.DatabaseName));
        builder.Services.AddSingleton<IMongoClient>(services => new MongoClient(Settings(url, services.GetRequiredService<MongoPool>())));
        builder.Services.AddSingleton(services => services.GetRequiredService<IMongoClient>().GetDatabase(url.DatabaseName));
        builder.Services.AddSingleton<IServiceDatabase>(services => new MongoMigrations(
            name, services.GetRequiredService<IMongoDatabase>(), migrations, services.GetRequiredService<TimeProvider>()));
        builder.Services.AddHostedService<MigrateAtStart>();
        builder.Services.AddSingleton<EventPublisher>();
        builder.Services.AddSingleton<MongoOutbox>();
        builder.Services.AddSingleton<IOutbox>(services => services.GetRequiredService<MongoOutbox>());
        builder.Services.AddHostedService(services => services.GetRequiredService<MongoOutbox>());
        builder.Services.AddSingleton<IDeadLetterStore, MongoDeadLetters>();
        builder.Services.AddHostedService<MessagingUpkeep>();
        builder.Services.AddHealthChecks().AddCheck<Health>("mongo");
        return builder;
    }

    private static MongoClientSettings Settings(MongoUrl url, MongoPool pool)
    {
        var settings = MongoClientSettings.FromUrl(url);
        // An acknowledged write survives a change of primary. A majority that does not answer is an error, after which nobody knows: the same key finds it out.
        settings.WriteConcern = WriteConcern.WMajority.With(wTimeout: TimeSpan.FromSeconds(10));
        // Nothing is shown that could be rolled back; and from the primary, so that a service reads what it wrote.
        settings.ReadConcern = ReadConcern.Majority;
        settings.ReadPreference = ReadPreference.Primary;
        // Once, by the driver: a change of primary goes unnoticed.
        settings.RetryWrites = true;
        settings.RetryReads = true;
        // A connection is held for one operation only.
        settings.MaxConnectionPoolSize = 100;
        // For a free connection, a server, and its answer to a new connection: longer than a burst lasts, shorter than a caller waits. An operation has no limit
        // of its own, since a migration may build an index for long: a server that hangs is found by the heartbeat, which ends what waits for it.
        settings.WaitQueueTimeout = TimeSpan.FromSeconds(5);
        settings.ServerSelectionTimeout = TimeSpan.FromSeconds(5);
        settings.ConnectTimeout = TimeSpan.FromSeconds(5);
        settings.HeartbeatInterval = TimeSpan.FromSeconds(10);
        settings.ClusterConfigurator = pool.Count;
        return settings;
    }

    private sealed class Health(IMongoDatabase db) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            await db.RunCommandAsync<BsonDocument>(new BsonDocument("ping", 1), cancellationToken: cancellationToken);
            return HealthCheckResult.Healthy();
        }
    }
}
