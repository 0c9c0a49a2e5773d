using ChatApp.Testing;

namespace ChatApp.Auth.Tests;

public sealed class SchemaTests(AuthApi auth) : IClassFixture<AuthApi>
{
    [Fact]
    public async Task The_migrations_build_what_the_schema_declares()
    {
        await using var declared = await PostgresDatabase.CreateAsync();
        await SchemaSnapshot.DeclareAsync(declared.ConnectionString, "auth", Path.Combine(AppContext.BaseDirectory, "Schema"));

        Assert.Equal(await SchemaSnapshot.ReadAsync(declared.ConnectionString, "auth"), await SchemaSnapshot.ReadAsync(auth.Database!.ConnectionString, "auth"));
    }
}
