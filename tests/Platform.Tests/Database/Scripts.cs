using System.Reflection;
using System.Text;

namespace ChatApp.Platform.Tests.Database;

/// <summary>An assembly with nothing in it but migration scripts.</summary>
internal sealed class Scripts(params (string Name, string Sql)[] scripts) : Assembly
{
    private const string Name = "ChatApp.Scripts";

    public override AssemblyName GetName() => new(Name);

    public override string[] GetManifestResourceNames() => [.. scripts.Select(script => $"{Name}.Migrations.{script.Name}")];

    public override Stream? GetManifestResourceStream(string name) =>
        new MemoryStream(Encoding.UTF8.GetBytes(scripts.Single(script => name.EndsWith($".{script.Name}", StringComparison.Ordinal)).Sql));
}
