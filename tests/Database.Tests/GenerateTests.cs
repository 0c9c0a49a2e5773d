using ChatApp.Database.Planning;
using ChatApp.Testing;
using Npgsql;

namespace ChatApp.Database.Tests;

public sealed class GenerateTests : IDisposable
{
    private readonly SampleService _service = new();

    [Fact]
    public async Task The_first_script_builds_tables_that_refer_to_each_other_in_a_circle()
    {
        _service.Declare("a", "CREATE TABLE a (id int PRIMARY KEY, b int); ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b;")
            .Declare("b", "CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a);");

        var result = await _service.GenerateAsync();

        Assert.Equal(GenerateOutcome.Written, result.Outcome);
        Assert.Equal(["V1__add_a_and_add_b.sql"], _service.Scripts);
        Assert.Equal(GenerateOutcome.NothingToDo, (await _service.GenerateAsync()).Outcome);
    }

    [Fact]
    public async Task The_next_script_holds_the_difference_only()
    {
        _service.Migrate("V1__users", "CREATE TABLE users (id uuid PRIMARY KEY);")
            .Declare("users", "CREATE TABLE users (id uuid PRIMARY KEY, name text);");

        var result = await _service.GenerateAsync();

        Assert.Equal(GenerateOutcome.Written, result.Outcome);
        Assert.Equal(
            """
            -- Derived from the declared schema.

            ALTER TABLE users ADD COLUMN name text;

            """,
            _service.Script("V2__add_name_to_users.sql"));
        Assert.Equal(GenerateOutcome.NothingToDo, (await _service.GenerateAsync()).Outcome);
    }

    [Fact]
    public async Task What_loses_data_is_written_only_if_allowed_and_says_so()
    {
        _service.Migrate("V1__users", "CREATE TABLE users (id uuid PRIMARY KEY, name text);")
            .Declare("users", "CREATE TABLE users (id uuid PRIMARY KEY, display_name text);");

        var refused = await _service.GenerateAsync();

        Assert.Equal(GenerateOutcome.NeedsPermission, refused.Outcome);
        Assert.Equal(["V1__users.sql"], _service.Scripts);
        var hazard = Assert.Single(refused.Hazards);
        Assert.Equal(Danger.LosesData, hazard.Danger);
        Assert.Contains("ALTER TABLE users RENAME COLUMN name TO display_name", hazard.Instead, StringComparison.Ordinal);

        var allowed = await _service.GenerateAsync(new GenerateOptions("Display names", AllowDestructive: true));

        Assert.Equal(GenerateOutcome.Written, allowed.Outcome);
        Assert.Contains("-- Loses data: all values of users.name are gone.", _service.Script("V2__display_names.sql"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dry_run_writes_nothing()
    {
        _service.Declare("users", "CREATE TABLE users (id uuid PRIMARY KEY);");

        var result = await _service.GenerateAsync(new GenerateOptions(DryRun: true));

        Assert.Equal(GenerateOutcome.WouldWrite, result.Outcome);
        Assert.Empty(_service.Scripts);
    }

    [Theory]
    [InlineData("CREATE FUNCTION one() RETURNS int LANGUAGE sql AS $$ SELECT 1; $$;", "function one()")]
    [InlineData("CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$; CREATE TRIGGER t BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION f();", "trigger t on users")]
    [InlineData("CREATE TABLE log (at date) PARTITION BY RANGE (at);", "partitioned table log")]
    [InlineData("CREATE TABLE children () INHERITS (users);", "inheritance children")]
    [InlineData("CREATE TYPE pair AS (a int, b int);", "composite type pair")]
    [InlineData("CREATE STATISTICS s ON id, name FROM users;", "statistics s")]
    [InlineData("ALTER TABLE users ENABLE ROW LEVEL SECURITY;", "row security users")]
    [InlineData("CREATE POLICY p ON users USING (true);", "row security policy p on users")]
    [InlineData("CREATE RULE r AS ON DELETE TO users DO INSTEAD NOTHING;", "rule r on users")]
    [InlineData("GRANT SELECT ON users TO PUBLIC;", "privileges users")]
    [InlineData("CREATE UNLOGGED TABLE cache (id int);", "unlogged cache")]
    [InlineData("ALTER TABLE users REPLICA IDENTITY FULL;", "replica identity users")]
    public async Task What_no_statement_is_derived_for_is_named_and_nothing_is_written(string sql, string what)
    {
        const string Users = "CREATE TABLE users (id uuid PRIMARY KEY, name text);";
        _service.Migrate("V1__users", Users).Declare("users", Users).Declare("x", sql);

        var result = await _service.GenerateAsync(new GenerateOptions(AllowDestructive: true));

        Assert.Equal(GenerateOutcome.NotExpressible, result.Outcome);
        Assert.Contains(what, result.Refusals.Select(refusal => refusal.What));
        Assert.Equal(["V1__users.sql"], _service.Scripts);
    }

    [Fact]
    public async Task What_was_written_by_hand_is_found_done()
    {
        const string Function = "CREATE FUNCTION is_name(text) RETURNS bool LANGUAGE sql IMMUTABLE AS $$ SELECT char_length($1) > 2 $$;";
        _service.Migrate("V1__names", Function)
            .Declare("is_name", Function)
            .Declare("users", "CREATE TABLE users (id uuid PRIMARY KEY, name text CHECK (is_name(name)), kind varchar(9) CHECK (kind IN ('a', 'b')));");

        Assert.Equal(GenerateOutcome.Written, (await _service.GenerateAsync()).Outcome);
        Assert.Equal(GenerateOutcome.NothingToDo, (await _service.GenerateAsync()).Outcome);
    }

    [Fact]
    public async Task A_script_that_would_not_run_is_not_written()
    {
        // The view's row type is the type of a column, which nobody looks at.
        _service.Migrate("V1__a", "CREATE TABLE a (id int); CREATE TABLE b (a a);")
            .Declare("a", "CREATE TABLE a (id bigint); CREATE TABLE b (a a);");

        var result = await _service.GenerateAsync(new GenerateOptions(AllowDestructive: true));

        Assert.Equal(GenerateOutcome.NotFaithful, result.Outcome);
        Assert.Contains("row type", Assert.Single(result.Left!).Text, StringComparison.Ordinal);
        Assert.Equal(["V1__a.sql"], _service.Scripts);
    }

    [Fact]
    public async Task A_mistake_in_the_declared_schema_is_shown_where_it_is()
    {
        _service.Declare("users", "-- Users.\nCREATE TABLE users (\n    id   uuid PRIMARY KEY,\n    name txt\n);\n");

        var exception = await Assert.ThrowsAsync<DatabaseToolException>(() => _service.GenerateAsync());

        Assert.EndsWith("users.sql:4: type \"txt\" does not exist", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_scripts_of_one_version_are_named()
    {
        _service.Migrate("V1__a", "CREATE TABLE a (id int);").Migrate("V1__b", "CREATE TABLE b (id int);").Declare("a", "CREATE TABLE a (id int);");

        var exception = await Assert.ThrowsAsync<DatabaseToolException>(() => _service.GenerateAsync());

        Assert.Contains("V1__a.sql", exception.Message, StringComparison.Ordinal);
        Assert.Contains("V1__b.sql", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_does_not_answer_is_named()
    {
        _service.Declare("a", "CREATE TABLE a (id int);");
        var nowhere = new NpgsqlConnectionStringBuilder(TestStores.Postgres) { Port = 1 }.ConnectionString;

        var exception = await Assert.ThrowsAsync<DatabaseToolException>(
            () => new SchemaGenerator(nowhere).GenerateAsync(_service.Database, new GenerateOptions(), TestContext.Current.CancellationToken));

        Assert.Contains(":1:", exception.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _service.Dispose();
}
