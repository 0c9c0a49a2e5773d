namespace ChatApp.Database.Tests.Planning;

public sealed class TypeAndViewChangeTests(SchemaLab lab) : IClassFixture<SchemaLab>
{
    public static TheoryData<Change> Changes =>
    [
        new Change("enum", "", "CREATE TYPE e AS ENUM ('a', 'it''s')", ["CREATE TYPE e AS ENUM ('a', 'it''s')"]),
        new Change("enum gone", "CREATE TYPE e AS ENUM ('a')", "", ["DROP TYPE e"]),
        new Change("labels at their places", "CREATE TYPE e AS ENUM ('b', 'd')", "CREATE TYPE e AS ENUM ('a', 'b', 'c', 'd', 'e')",
            ["ALTER TYPE e ADD VALUE 'a' BEFORE 'b'", "ALTER TYPE e ADD VALUE 'c' AFTER 'b'", "ALTER TYPE e ADD VALUE 'e' AFTER 'd'"]),
        new Change("label gone", "CREATE TYPE e AS ENUM ('a', 'b'); CREATE TABLE t (x e DEFAULT 'a', y e[])", "CREATE TYPE e AS ENUM ('a'); CREATE TABLE t (x e DEFAULT 'a', y e[])",
            [
                "ALTER TYPE e RENAME TO e_old", "CREATE TYPE e AS ENUM ('a')", "ALTER TABLE t ALTER COLUMN x DROP DEFAULT", "ALTER TABLE t ALTER COLUMN x TYPE e USING x::text::e",
                "ALTER TABLE t ALTER COLUMN x SET DEFAULT 'a'::e", "ALTER TABLE t ALTER COLUMN y TYPE e[] USING y::text::e[]", "DROP TYPE e_old",
            ], "Loses data", "Loses data"),
        new Change("a label that is used at once", "CREATE TYPE e AS ENUM ('a'); CREATE TABLE t (x e)", "CREATE TYPE e AS ENUM ('a', 'it''s'); CREATE TABLE t (x e DEFAULT 'it''s')",
            [
                "ALTER TYPE e RENAME TO e_old", "CREATE TYPE e AS ENUM ('a', 'it''s')", "ALTER TABLE t ALTER COLUMN x TYPE e USING x::text::e",
                "ALTER TABLE t ALTER COLUMN x SET DEFAULT 'it''s'::e", "DROP TYPE e_old",
            ], "Loses data"),
        new Change("domain", "CREATE TABLE t (a int)", "CREATE DOMAIN d AS text DEFAULT 'x' NOT NULL CONSTRAINT long CHECK (char_length(VALUE) > 2); CREATE TABLE t (a int, b d)",
            ["CREATE DOMAIN d AS text DEFAULT 'x'::text NOT NULL CONSTRAINT long CHECK ((char_length(VALUE) > 2))", "ALTER TABLE t ADD COLUMN b d"]),
        new Change("domain changes", "CREATE DOMAIN d AS text CONSTRAINT long CHECK (char_length(VALUE) > 2); CREATE TABLE t (a d)",
            "CREATE DOMAIN d AS text DEFAULT 'x' NOT NULL CONSTRAINT long CHECK (char_length(VALUE) > 3); CREATE TABLE t (a d)",
            [
                "ALTER DOMAIN d DROP CONSTRAINT long", "ALTER DOMAIN d SET DEFAULT 'x'::text", "ALTER DOMAIN d SET NOT NULL",
                "ALTER DOMAIN d ADD CONSTRAINT long CHECK ((char_length(VALUE) > 3))",
            ], "Long lock", "Long lock"),
        new Change("domain gone", "CREATE DOMAIN d AS int; CREATE DOMAIN e AS d; CREATE TABLE t (a e)", "CREATE TABLE t (a int)",
            ["ALTER TABLE t ALTER COLUMN a TYPE integer USING a::text::integer", "DROP DOMAIN e", "DROP DOMAIN d"], "Loses data"),
        new Change("sequence", "", "CREATE SEQUENCE s AS int INCREMENT BY -2 CACHE 5", ["CREATE SEQUENCE s AS integer INCREMENT BY -2 MINVALUE -2147483648 MAXVALUE -1 START WITH -1 CACHE 5"]),
        new Change("sequence changes", "CREATE SEQUENCE s", "CREATE SEQUENCE s INCREMENT BY 5 CYCLE", ["ALTER SEQUENCE s INCREMENT BY 5 CYCLE"]),
        new Change("sequence outlives its owner", "CREATE TABLE t (a int, b int); CREATE SEQUENCE s OWNED BY t.b", "CREATE TABLE t (a int); CREATE SEQUENCE s",
            ["ALTER SEQUENCE s OWNED BY NONE", "ALTER TABLE t DROP COLUMN b"], "Loses data"),
        new Change("serial", "", "CREATE TABLE t (a serial)",
            ["CREATE SEQUENCE t_a_seq AS integer", "CREATE TABLE t (\n    a integer NOT NULL DEFAULT nextval('t_a_seq'::regclass)\n)", "ALTER SEQUENCE t_a_seq OWNED BY t.a"]),
        new Change("view", "CREATE TABLE t (a int)", "CREATE TABLE t (a int); CREATE VIEW v WITH (security_barrier) AS SELECT a FROM t; COMMENT ON COLUMN v.a IS 'a'",
            ["CREATE VIEW v WITH (security_barrier=true) AS\n SELECT t.a\n   FROM t", "COMMENT ON COLUMN v.a IS 'a'"]),
        new Change("views around a type", "CREATE TABLE t (a int, b int); CREATE VIEW v AS SELECT a FROM t; CREATE VIEW w AS SELECT a FROM v; CREATE VIEW x AS SELECT b FROM t",
            "CREATE TABLE t (a bigint, b int); CREATE VIEW v AS SELECT a FROM t; CREATE VIEW w AS SELECT a FROM v; CREATE VIEW x AS SELECT b FROM t",
            [
                "DROP VIEW w", "DROP VIEW v", "ALTER TABLE t ALTER COLUMN a TYPE bigint USING a::bigint", "CREATE VIEW v AS\n SELECT t.a\n   FROM t",
                "CREATE VIEW w AS\n SELECT v.a\n   FROM v",
            ], "Long lock"),
        new Change("a view that rests on a primary key", "CREATE TABLE t (a int PRIMARY KEY, b int); CREATE VIEW v AS SELECT a, b FROM t GROUP BY a",
            "CREATE TABLE t (a int PRIMARY KEY DEFERRABLE, b int); CREATE VIEW v AS SELECT a, b FROM t GROUP BY a, b",
            [
                "DROP VIEW v", "ALTER TABLE t DROP CONSTRAINT t_pkey", "ALTER TABLE t ADD CONSTRAINT t_pkey PRIMARY KEY (a) DEFERRABLE",
                "CREATE VIEW v AS\n SELECT t.a,\n    t.b\n   FROM t\n  GROUP BY t.a, t.b",
            ], "Long lock"),
        new Change("view becomes materialised, with an index", "CREATE TABLE t (a int); CREATE VIEW v AS SELECT a FROM t", "CREATE TABLE t (a int); CREATE MATERIALIZED VIEW v AS SELECT a FROM t; CREATE UNIQUE INDEX i ON v (a)",
            ["DROP VIEW v", "CREATE MATERIALIZED VIEW v AS\n SELECT t.a\n   FROM t", "CREATE UNIQUE INDEX i ON v USING btree (a)"], "Long lock"),
        new Change("materialised view keeps its index", "CREATE TABLE t (a int); CREATE MATERIALIZED VIEW v AS SELECT a FROM t; CREATE UNIQUE INDEX i ON v (a)", "CREATE TABLE t (a bigint); CREATE MATERIALIZED VIEW v AS SELECT a FROM t; CREATE UNIQUE INDEX i ON v (a)",
            [
                "DROP MATERIALIZED VIEW v", "ALTER TABLE t ALTER COLUMN a TYPE bigint USING a::bigint", "CREATE MATERIALIZED VIEW v AS\n SELECT t.a\n   FROM t",
                "CREATE UNIQUE INDEX i ON v USING btree (a)",
            ], "Long lock", "Long lock"),
    ];

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task A_type_or_view_changes(Change change)
    {
        var plan = await lab.LeadAsync(change.From, change.To);

        Assert.Equal(change.Statements, plan.Steps.Select(step => step.Sql));
        Assert.Equal(change.Hazards, plan.Hazards.Select(hazard => hazard.ToString().Split(':')[0]));
    }
}
