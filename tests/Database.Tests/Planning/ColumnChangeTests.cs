namespace ChatApp.Database.Tests.Planning;

public sealed class ColumnChangeTests(SchemaLab lab) : IClassFixture<SchemaLab>
{
    public static TheoryData<Change> Changes =>
    [
        new Change("add", "CREATE TABLE t (a int)", "CREATE TABLE t (b text, a int)", ["ALTER TABLE t ADD COLUMN b text"]),
        new Change("add with constant default", "CREATE TABLE t (a int)", "CREATE TABLE t (a int, b int NOT NULL DEFAULT 5)",
            ["ALTER TABLE t ADD COLUMN b integer NOT NULL DEFAULT 5"]),
        new Change("add with now", "CREATE TABLE t (a int)", "CREATE TABLE t (a int, b timestamptz NOT NULL DEFAULT now())",
            ["ALTER TABLE t ADD COLUMN b timestamp with time zone NOT NULL DEFAULT now()"]),
        new Change("add with volatile default", "CREATE TABLE t (a int)", "CREATE TABLE t (a int, b uuid NOT NULL DEFAULT gen_random_uuid())",
            ["ALTER TABLE t ADD COLUMN b uuid NOT NULL DEFAULT gen_random_uuid()"], "Long lock"),
        new Change("add required", "CREATE TABLE t (a int)", "CREATE TABLE t (a int, b int NOT NULL)", ["ALTER TABLE t ADD COLUMN b integer NOT NULL"], "May fail"),
        new Change("add identity", "CREATE TABLE t (a int)", "CREATE TABLE t (a int, b bigint GENERATED ALWAYS AS IDENTITY (START WITH 5))",
            ["ALTER TABLE t ADD COLUMN b bigint GENERATED ALWAYS AS IDENTITY (START WITH 5) NOT NULL"], "Long lock"),
        new Change("add generated from a new column", "CREATE TABLE t (a int)", "CREATE TABLE t (a int, b text GENERATED ALWAYS AS (lower(c)) STORED, c text)",
            ["ALTER TABLE t ADD COLUMN c text", "ALTER TABLE t ADD COLUMN b text GENERATED ALWAYS AS (lower(c)) STORED"], "Long lock"),
        new Change("drop", "CREATE TABLE t (a int, b int)", "CREATE TABLE t (a int)", ["ALTER TABLE t DROP COLUMN b"], "Loses data"),
        new Change("drop with what is generated from it", "CREATE TABLE t (a int, b int, c int GENERATED ALWAYS AS (b * 2) STORED)", "CREATE TABLE t (a int)",
            ["ALTER TABLE t DROP COLUMN c", "ALTER TABLE t DROP COLUMN b"], "Loses data"),
        new Change("drop under an index and a check", "CREATE TABLE t (a int, b int CHECK (b > a)); CREATE INDEX i ON t ((a + b))", "CREATE TABLE t (a int)",
            ["DROP INDEX i", "ALTER TABLE t DROP CONSTRAINT t_check", "ALTER TABLE t DROP COLUMN b"], "Loses data"),
        new Change("not null", "CREATE TABLE t (a int)", "CREATE TABLE t (a int NOT NULL)", ["ALTER TABLE t ALTER COLUMN a SET NOT NULL"], "Long lock"),
        new Change("null", "CREATE TABLE t (a int NOT NULL)", "CREATE TABLE t (a int)", ["ALTER TABLE t ALTER COLUMN a DROP NOT NULL"]),
        new Change("set default", "CREATE TABLE t (a int)", "CREATE TABLE t (a int DEFAULT 1)", ["ALTER TABLE t ALTER COLUMN a SET DEFAULT 1"]),
        new Change("change default", "CREATE TABLE t (a int DEFAULT 2)", "CREATE TABLE t (a int DEFAULT 1)", ["ALTER TABLE t ALTER COLUMN a SET DEFAULT 1"]),
        new Change("drop default", "CREATE TABLE t (a int DEFAULT 2)", "CREATE TABLE t (a int)", ["ALTER TABLE t ALTER COLUMN a DROP DEFAULT"]),
        new Change("longer text", "CREATE TABLE t (a varchar(10))", "CREATE TABLE t (a varchar(20))",
            ["ALTER TABLE t ALTER COLUMN a TYPE character varying(20) USING a::character varying(20)"]),
        new Change("text without limit", "CREATE TABLE t (a varchar(10))", "CREATE TABLE t (a text)", ["ALTER TABLE t ALTER COLUMN a TYPE text USING a::text"]),
        new Change("shorter text", "CREATE TABLE t (a varchar(20))", "CREATE TABLE t (a varchar(10))",
            ["ALTER TABLE t ALTER COLUMN a TYPE character varying(10) USING a::character varying(10)"], "Loses data"),
        new Change("wider number", "CREATE TABLE t (a int DEFAULT 0)", "CREATE TABLE t (a bigint DEFAULT 0)",
            [
                "ALTER TABLE t ALTER COLUMN a DROP DEFAULT", "ALTER TABLE t ALTER COLUMN a TYPE bigint USING a::bigint",
                "ALTER TABLE t ALTER COLUMN a SET DEFAULT 0",
            ], "Long lock"),
        new Change("narrower number", "CREATE TABLE t (a bigint)", "CREATE TABLE t (a int)", ["ALTER TABLE t ALTER COLUMN a TYPE integer USING a::integer"], "Loses data"),
        new Change("wider scale keeps the catalog only", "CREATE TABLE t (a numeric(8,2))", "CREATE TABLE t (a numeric(10,2))",
            ["ALTER TABLE t ALTER COLUMN a TYPE numeric(10,2) USING a::numeric(10,2)"]),
        new Change("another type", "CREATE TABLE t (a int)", "CREATE TABLE t (a uuid)", ["ALTER TABLE t ALTER COLUMN a TYPE uuid USING a::text::uuid"], "Loses data"),
        new Change("another type under its constraints", "CREATE TABLE t (a int PRIMARY KEY CHECK (a > 0)); CREATE INDEX i ON t (a DESC)",
            "CREATE TABLE t (a text PRIMARY KEY); CREATE INDEX i ON t (a DESC)",
            [
                "DROP INDEX i", "ALTER TABLE t DROP CONSTRAINT t_a_check", "ALTER TABLE t DROP CONSTRAINT t_pkey",
                "ALTER TABLE t ALTER COLUMN a TYPE text USING a::text", "ALTER TABLE t ADD CONSTRAINT t_pkey PRIMARY KEY (a)",
                "CREATE INDEX i ON t USING btree (a DESC)",
            ], "Long lock", "Long lock", "Long lock"),
        new Change("collation", "CREATE TABLE t (a text)", "CREATE TABLE t (a text COLLATE \"C\")",
            ["ALTER TABLE t ALTER COLUMN a TYPE text COLLATE \"C\" USING a"], "Long lock"),
        new Change("generated no more", "CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a * 2) STORED)", "CREATE TABLE t (a int, b int)",
            ["ALTER TABLE t ALTER COLUMN b DROP EXPRESSION"]),
        new Change("generated no more, from another type", "CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a * 2) STORED)", "CREATE TABLE t (a text, b int)",
            ["ALTER TABLE t ALTER COLUMN b DROP EXPRESSION", "ALTER TABLE t ALTER COLUMN a TYPE text USING a::text"], "Long lock"),
        new Change("serial becomes identity", "CREATE TABLE t (a serial)", "CREATE TABLE t (a int GENERATED BY DEFAULT AS IDENTITY)",
            [
                "ALTER TABLE t ALTER COLUMN a DROP DEFAULT", "ALTER TABLE t ALTER COLUMN a ADD GENERATED BY DEFAULT AS IDENTITY", "DROP SEQUENCE t_a_seq",
            ], "May fail", "Loses data"),
        new Change("identity becomes plain", "CREATE TABLE t (a int GENERATED ALWAYS AS IDENTITY)", "CREATE TABLE t (a int)",
            ["ALTER TABLE t ALTER COLUMN a DROP IDENTITY", "ALTER TABLE t ALTER COLUMN a DROP NOT NULL"], "Loses data"),
        new Change("identity counts otherwise", "CREATE TABLE t (a int GENERATED ALWAYS AS IDENTITY)",
            "CREATE TABLE t (a int GENERATED BY DEFAULT AS IDENTITY (INCREMENT BY 10 CYCLE))",
            ["ALTER TABLE t ALTER COLUMN a SET GENERATED BY DEFAULT SET INCREMENT BY 10 SET CYCLE"]),
        new Change("identity of a wider number", "CREATE TABLE t (a int GENERATED ALWAYS AS IDENTITY)", "CREATE TABLE t (a bigint GENERATED ALWAYS AS IDENTITY)",
            [
                "ALTER TABLE t ALTER COLUMN a TYPE bigint USING a::bigint",
                "ALTER TABLE t ALTER COLUMN a SET MINVALUE 1 SET MAXVALUE 9223372036854775807 SET START WITH 1",
            ], "Long lock"),
        new Change("names that need quotes", "CREATE TABLE \"T\" (a int)", "CREATE TABLE \"T\" (a int, \"select\" int, \"a \"\"b\" int)",
            ["ALTER TABLE \"T\" ADD COLUMN \"select\" integer", "ALTER TABLE \"T\" ADD COLUMN \"a \"\"b\" integer"]),
        new Change("the order of columns is no difference", "CREATE TABLE t (a int, b int)", "CREATE TABLE t (b int, a int)", []),
    ];

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task A_column_changes(Change change)
    {
        var plan = await lab.LeadAsync(change.From, change.To);

        Assert.Equal(change.Statements, plan.Steps.Select(step => step.Sql));
        Assert.Equal(change.Hazards, plan.Hazards.Select(hazard => hazard.ToString().Split(':')[0]));
    }

    [Theory]
    [InlineData("CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a * 2) STORED)", "CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a * 3) STORED)", "column t.b")]
    [InlineData("CREATE TABLE t (a int, b int)", "CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a * 3) STORED)", "column t.b")]
    [InlineData("CREATE TABLE t (a text, b text GENERATED ALWAYS AS (upper(a)) STORED)", "CREATE TABLE t (a varchar(9), b text GENERATED ALWAYS AS (upper(a)) STORED)", "column t.b")]
    [InlineData("CREATE TABLE t (a int, b int GENERATED ALWAYS AS (2 * a) STORED)", "CREATE TABLE t (a bigint, b int GENERATED ALWAYS AS (2 * a) STORED)", "column t.a")]
    [InlineData("CREATE SEQUENCE s", "CREATE SEQUENCE s MINVALUE 10", "sequence s")]
    [InlineData("CREATE DOMAIN d AS int", "CREATE DOMAIN d AS text", "domain d")]
    public async Task A_change_that_can_not_be_derived_is_refused(string from, string to, string what)
    {
        var plan = await lab.PlanAsync(from, to);

        Assert.Contains(what, plan.Refusals.Select(refusal => refusal.What));
    }
}
