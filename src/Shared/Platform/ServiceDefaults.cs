using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using ChatApp.Platform.Messaging;
using ChatApp.Platform.Telemetry;
using ChatApp.Platform.Tokens;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace ChatApp.Platform;

/// <summary>What every service has in common, so that a service's Program.cs says only what is its own.</summary>
public static class ServiceDefaults
{
    /// <summary>The largest request body, in bytes: no route of the system needs more.</summary>
    private const long MaxRequestBody = 256 * 1024;

    private const string Timestamp = "yyyy-MM-ddTHH:mm:ss.fffZ";

    public static WebApplicationBuilder AddServiceDefaults(this WebApplicationBuilder builder)
    {
        AppDomain.CurrentDomain.UnhandledException -= EndInOneLine;
        AppDomain.CurrentDomain.UnhandledException += EndInOneLine;

        // `dapr run` names the port; elsewhere ASPNETCORE_URLS does.
        if (builder.Configuration["APP_PORT"] is { } port)
            builder.WebHost.UseUrls($"http://127.0.0.1:{port}");

        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MaxRequestBody;
        });
        builder.AddConsole();
        if (ServiceCommands.IsOne(Environment.GetCommandLineArgs()[1..]))
            builder.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        // The frameworks' lines per request and statement would cost more than the request; Logging:LogLevel can bring them back.
        foreach (var framework in (string[])["Microsoft.AspNetCore", "Npgsql", "System.Net.Http.HttpClient"])
            builder.Logging.AddFilter(framework, LogLevel.Warning);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(10));

        builder.Services.AddSingleton<TimeProvider>(new MillisecondClock());
        builder.Services.AddProblemDefaults();
        builder.Services.ConfigureHttpJsonOptions(json =>
            json.SerializerOptions.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower)));
        builder.Services.AddHealthChecks();
        builder.Services.AddOpenApi("v1", options => options.AddDocumentTransformer<BearerScheme>().AddOperationTransformer<BearerScheme>());
        builder.Services.AddDaprClient();
        builder.AddTelemetry();
        builder.Services.AddSingleton<MessagingMetrics>();
        builder.Services.AddSingleton<Subscriptions>();
        builder.AddTokenAuthentication();
        builder.AddAppToken();
        return builder;
    }

    /// <summary>Lines for people; <c>Logging__Console__FormatterName=json</c> makes each an object with its fields, trace and span for a log collector.</summary>
    private static void AddConsole(this WebApplicationBuilder builder)
    {
        if (builder.Configuration["Logging:Console:FormatterName"] == ConsoleFormatterNames.Json)
        {
            builder.Logging.AddJsonConsole(console =>
            {
                console.IncludeScopes = true;
                console.UseUtcTimestamp = true;
                console.TimestampFormat = Timestamp;
            });
            return;
        }

        builder.Logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.UseUtcTimestamp = true;
            console.TimestampFormat = $"{Timestamp} ";
        });
    }

    /// <param name="app">The service.</param>
    /// <param name="openToClients">
    /// True for the one service that clients reach directly: there only events and what Dapr asks must carry the app token, elsewhere everything but health.
    /// </param>
    public static WebApplication UseServiceDefaults(this WebApplication app, bool openToClients = false)
    {
        // Errors are problem documents for everybody; the framework writes none for a client that accepts, say, only an event stream.
        app.Use((context, next) =>
        {
            context.Request.Headers.Accept = default;
            return next(context);
        });
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        app.UseAppToken(openToClients);
        app.UseAuthentication();
        app.UseAuthorization();

        app.MapSubscribeHandler().AllowAnonymous();
        app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false }).AllowAnonymous();
        app.MapHealthChecks("/health/ready").AllowAnonymous();
        app.MapOpenApi().AllowAnonymous();
        return app;
    }

    /// <summary>
    /// Runs until stopped, or does what a command asks for and ends (<see cref="ServiceCommands"/>). What can't succeed ends in one line that says why and what to do, and exit code 1.
    /// </summary>
    public static async Task RunServiceAsync(this WebApplication app, string[] args)
    {
        // A start that fails takes the services along: what is needed then is asked for now.
        var (logger, name) = (app.Logger, app.Environment.ApplicationName);
        try
        {
            if (ServiceCommands.IsOne(args))
                Environment.ExitCode = await app.RunCommandAsync(args);
            else
                await app.RequireAppToken().RunAsync();
        }
        catch (StartupException exception)
        {
            logger.LogCritical("{Service} can't start: {Reason}", name, exception.Message);
            Environment.ExitCode = 1;
        }
    }

    private static async Task<int> RunCommandAsync(this WebApplication app, string[] args)
    {
        await using (app)
            return await ServiceCommands.RunAsync(app.Services, args, Console.In, Console.Out, Console.Error, app.Lifetime.ApplicationStopping);
    }

    /// <summary>What is missing before there is an application, such as a connection string, is said in one line too.</summary>
    private static void EndInOneLine(object sender, UnhandledExceptionEventArgs unhandled)
    {
        if (unhandled.ExceptionObject is not StartupException exception)
            return;

        Console.Error.WriteLine($"{Assembly.GetEntryAssembly()?.GetName().Name} can't start: {exception.Message}");
        Environment.Exit(1);
    }

    /// <summary>A setting without which the service must not start.</summary>
    /// <exception cref="StartupException">The setting is missing or empty.</exception>
    public static string Required(this IConfiguration configuration, string key) =>
        configuration[key] is { Length: > 0 } value
            ? value
            : throw new StartupException($"{key.Replace(":", "__", StringComparison.Ordinal)} is not set. `./chat up` sets it; elsewhere put it into the environment.");
}
