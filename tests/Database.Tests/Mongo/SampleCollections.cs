using System.Runtime.Loader;
using ChatApp.Database.Mongo;
using ChatApp.Platform.Database;
using ChatApp.Testing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using MongoDB.Driver;

namespace ChatApp.Database.Tests.Mongo;

/// <summary>A service of a test's own: a folder of declared collections and one of migrations, which are compiled to be run, as those of a service are.</summary>
public sealed class SampleCollections : IDisposable
{
    private static readonly CSharpParseOptions Language = new(LanguageVersion.Latest);

    private static readonly MetadataReference[] References =
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(path => MetadataReference.CreateFromFile(path))];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("chatapp-database-tests-");

    public SampleCollections()
    {
        Service = new ServiceCollections("sample", _folder.CreateSubdirectory("Sample"));
        Service.Declared.Create();
    }

    public ServiceCollections Service { get; }

    public IEnumerable<string> Steps => Service.Migrations.Exists ? Service.Migrations.GetFiles().Select(file => file.Name).Order() : [];

    public SampleCollections Declare(string collection, string json) => Write(Service.Declared, $"{collection}.jsonc", json);

    public SampleCollections Undeclare(string collection)
    {
        File.Delete(Path.Combine(Service.Declared.FullName, $"{collection}.jsonc"));
        return this;
    }

    /// <summary>A step that somebody wrote.</summary>
    public SampleCollections Migrate(string name, int version, string rest) => Write(
        Service.Migrations,
        $"{name}.cs",
        $"using ChatApp.Platform.Database; using MongoDB.Driver; namespace Sample; internal sealed class {name}() : MongoMigration({version}, \"{name}\", {rest});");

    public string Step(string name) => File.ReadAllText(Path.Combine(Service.Migrations.FullName, name));

    public Task<GenerateResult> GenerateAsync(GenerateOptions? options = null) =>
        new CollectionGenerator(TestStores.Mongo, MigrateAsync).GenerateAsync(Service, options ?? new GenerateOptions(), TestContext.Current.CancellationToken);

    /// <summary>Compiles the steps and runs them on a database.</summary>
    public async Task MigrateAsync(string address, CancellationToken ct)
    {
        var url = new MongoUrl(address);
        using var client = new MongoClient(url);
        await new MongoMigrations("sample", client.GetDatabase(url.DatabaseName), Compile(), TimeProvider.System).MigrateAsync(_ => { }, ct);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private IReadOnlyList<MongoMigration> Compile()
    {
        var sources = Service.Migrations.Exists ? Service.Migrations.GetFiles("*.cs") : [];
        var compilation = CSharpCompilation.Create(
            $"sample{Guid.NewGuid():N}",
            sources.Select(file => CSharpSyntaxTree.ParseText(File.ReadAllText(file.FullName), Language, file.Name))
                .Append(CSharpSyntaxTree.ParseText("global using System; global using System.Threading; global using System.Threading.Tasks;", Language)),
            References,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));
        using var program = new MemoryStream();
        var emitted = compilation.Emit(program, cancellationToken: TestContext.Current.CancellationToken);
        Assert.True(emitted.Success, string.Join('\n', emitted.Diagnostics));
        program.Position = 0;
        return MongoMigration.In(new AssemblyLoadContext(null, isCollectible: true).LoadFromStream(program));
    }

    private SampleCollections Write(DirectoryInfo folder, string name, string text)
    {
        folder.Create();
        File.WriteAllText(Path.Combine(folder.FullName, name), text);
        return this;
    }
}
