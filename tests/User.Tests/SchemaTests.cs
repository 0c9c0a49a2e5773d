using ChatApp.Testing;

namespace ChatApp.User.Tests;

public sealed class SchemaTests(UserApi user) : IClassFixture<UserApi>
{
    [Fact]
    public async Task The_migrations_build_what_the_schema_declares()
    {
        await using var declared = await PostgresDatabase.CreateAsync();
        await SchemaSnapshot.DeclareAsync(declared.ConnectionString, "users", Path.Combine(AppContext.BaseDirectory, "Schema"));

        Assert.Equal(await SchemaSnapshot.ReadAsync(declared.ConnectionString, "users"), await SchemaSnapshot.ReadAsync(user.Database!.ConnectionString, "users"));
    }
}
