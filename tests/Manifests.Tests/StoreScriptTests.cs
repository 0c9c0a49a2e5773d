using System.Diagnostics;
using ChatApp.LocalStack.Launch;
using ChatApp.LocalStack.Postgres;
using Npgsql;

namespace ChatApp.Manifests.Tests;

/// <summary>The containers' script and <c>./chat db create-schemas</c> make the same databases.</summary>
public sealed class StoreScriptTests : IDisposable
{
    /// <summary>Roles and databases are the server's, so that it has to be an empty one.</summary>
    private const string Rights =
        """
        SELECT string_agg(line, E'\n' ORDER BY line) FROM (
          SELECT 'role ' || rolname || ' ' || rolcanlogin || rolsuper || rolcreatedb || rolcreaterole AS line FROM pg_roles WHERE rolname ~ '_(owner|service)$'
          UNION ALL SELECT 'database ' || datname || ' ' || pg_get_userbyid(datdba) || ' ' || datacl::text FROM pg_database WHERE datname ~ '_db$'
          UNION ALL SELECT 'schema ' || nspname || ' ' || pg_get_userbyid(nspowner) || ' ' || nspacl::text FROM pg_namespace WHERE nspname IN ('public', 'auth', 'users')
          UNION ALL SELECT 'default ' || pg_get_userbyid(defaclrole) || ' ' || defaclobjtype::text || ' ' || defaclacl::text FROM pg_default_acl
        ) AS rights
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("chatapp-scripts-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task The_script_leaves_nothing_for_the_command_to_do()
    {
        var ct = TestContext.Current.CancellationToken;
        var options = new StackOptions(Repository.Root, _folder.FullName, FreePorts: true);
        var secrets = StackSecrets.LoadOrCreate(options);
        var port = Ports.Free();
        var cluster = await PostgresCluster.StartAsync(Path.Combine(_folder.FullName, "postgres"), port, ct: ct);
        try
        {
            await RunScriptAsync(cluster.AdminConnectionString, secrets, ct);
            var made = await RightsAsync(cluster.AdminConnectionString, ct);
            foreach (var database in ServiceDatabase.All)
                await database.CreateAsync(cluster.AdminConnectionString, secrets, ct);

            Assert.All(ServiceDatabase.All, database => Assert.Contains($"schema {database.Schema} {database.Owner}", made, StringComparison.Ordinal));
            Assert.Equal(await RightsAsync(cluster.AdminConnectionString, ct), made);
        }
        finally
        {
            await cluster.StopAsync();
            PostgresCluster.Delete(Path.Combine(_folder.FullName, "postgres"));
        }
    }

    private static async Task RunScriptAsync(string administrator, StackSecrets secrets, CancellationToken ct)
    {
        var server = new NpgsqlConnectionStringBuilder(administrator);
        var start = new ProcessStartInfo("bash", [Repository.Path("deploy", "kubernetes", "stores", "postgres.sh")]) { RedirectStandardError = true };
        start.Environment["PGHOST"] = server.Host;
        start.Environment["PGPORT"] = $"{server.Port}";
        start.Environment["PGPASSWORD"] = server.Password;
        foreach (var role in ServiceDatabase.All.SelectMany(database => new[] { database.Owner, database.Role }))
            start.Environment[$"{role.ToUpperInvariant()}_PASSWORD"] = secrets.RolePasswords[role];
        using var script = Process.Start(start)!;
        var errors = await script.StandardError.ReadToEndAsync(ct);
        await script.WaitForExitAsync(ct);
        Assert.True(script.ExitCode == 0, errors);
    }

    private static async Task<string> RightsAsync(string administrator, CancellationToken ct)
    {
        var all = new List<string>();
        foreach (var database in ServiceDatabase.All)
        {
            await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(administrator) { Database = database.Name, Pooling = false });
            await using var command = source.CreateCommand(Rights);
            all.Add((string)(await command.ExecuteScalarAsync(ct))!);
        }

        return string.Join('\n', all);
    }
}
