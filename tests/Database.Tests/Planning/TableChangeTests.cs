namespace ChatApp.Database.Tests.Planning;

public sealed class TableChangeTests(SchemaLab lab) : IClassFixture<SchemaLab>
{
    private const string Two = "CREATE TABLE t (a int PRIMARY KEY); CREATE TABLE u (a int)";

    public static TheoryData<Change> Changes =>
    [
        new Change("new table", "", "CREATE TABLE t (id uuid PRIMARY KEY, name text NOT NULL CHECK (name <> ''), UNIQUE (name)) WITH (fillfactor=70)",
            ["CREATE TABLE t (\n    id   uuid NOT NULL,\n    name text NOT NULL,\n    CONSTRAINT t_pkey PRIMARY KEY (id),\n    CONSTRAINT t_name_key UNIQUE (name),\n    CONSTRAINT t_name_check CHECK ((name <> ''::text))\n) WITH (fillfactor=70)"]),
        new Change("tables that refer to each other go together", "CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY REFERENCES a); ALTER TABLE a ADD FOREIGN KEY (id) REFERENCES b", "",
            ["DROP TABLE a, b"], "Loses data"),
        new Change("options", "CREATE TABLE t (a int) WITH (fillfactor=70, autovacuum_enabled=false)", "CREATE TABLE t (a int) WITH (fillfactor=80)",
            ["ALTER TABLE t RESET (autovacuum_enabled)", "ALTER TABLE t SET (fillfactor=80)"]),
        new Change("foreign key", Two, "CREATE TABLE t (a int PRIMARY KEY); CREATE TABLE u (a int REFERENCES t ON DELETE CASCADE)",
            ["ALTER TABLE u ADD CONSTRAINT u_a_fkey FOREIGN KEY (a) REFERENCES t(a) ON DELETE CASCADE"], "Long lock"),
        new Change("foreign key to be checked later", Two, $"{Two}; ALTER TABLE u ADD FOREIGN KEY (a) REFERENCES t NOT VALID",
            ["ALTER TABLE u ADD CONSTRAINT u_a_fkey FOREIGN KEY (a) REFERENCES t(a) NOT VALID"]),
        new Change("foreign key checked now", $"{Two}; ALTER TABLE u ADD FOREIGN KEY (a) REFERENCES t NOT VALID", $"{Two}; ALTER TABLE u ADD FOREIGN KEY (a) REFERENCES t",
            ["ALTER TABLE u VALIDATE CONSTRAINT u_a_fkey"]),
        new Change("foreign key made deferrable", $"{Two}; ALTER TABLE u ADD FOREIGN KEY (a) REFERENCES t", $"{Two}; ALTER TABLE u ADD FOREIGN KEY (a) REFERENCES t DEFERRABLE INITIALLY DEFERRED",
            ["ALTER TABLE u DROP CONSTRAINT u_a_fkey", "ALTER TABLE u ADD CONSTRAINT u_a_fkey FOREIGN KEY (a) REFERENCES t(a) DEFERRABLE INITIALLY DEFERRED"], "Long lock"),
        new Change("a key goes with those who refer to it", $"{Two}; ALTER TABLE u ADD FOREIGN KEY (a) REFERENCES t", "CREATE TABLE t (a int NOT NULL); CREATE TABLE u (a int)",
            ["ALTER TABLE u DROP CONSTRAINT u_a_fkey", "ALTER TABLE t DROP CONSTRAINT t_pkey"]),
        new Change("a key changes under those who refer to it", "CREATE TABLE t (a int, b int, CONSTRAINT k UNIQUE (a)); CREATE TABLE u (a int REFERENCES t (a))",
            "CREATE TABLE t (a int, b int, CONSTRAINT k UNIQUE (a) INCLUDE (b)); CREATE TABLE u (a int REFERENCES t (a))",
            [
                "ALTER TABLE u DROP CONSTRAINT u_a_fkey", "ALTER TABLE t DROP CONSTRAINT k", "ALTER TABLE t ADD CONSTRAINT k UNIQUE (a) INCLUDE (b)",
                "ALTER TABLE u ADD CONSTRAINT u_a_fkey FOREIGN KEY (a) REFERENCES t(a)",
            ], "Long lock", "Long lock"),
        new Change("a key goes after the table that refers to it", $"{Two}; ALTER TABLE u ADD FOREIGN KEY (a) REFERENCES t", "CREATE TABLE t (a int NOT NULL)",
            ["DROP TABLE u", "ALTER TABLE t DROP CONSTRAINT t_pkey"], "Loses data"),
        new Change("both ends of a foreign key change their type", "CREATE TABLE t (a int PRIMARY KEY); CREATE TABLE u (a int REFERENCES t)", "CREATE TABLE t (a uuid PRIMARY KEY); CREATE TABLE u (a uuid REFERENCES t)",
            [
                "ALTER TABLE u DROP CONSTRAINT u_a_fkey", "ALTER TABLE t DROP CONSTRAINT t_pkey", "ALTER TABLE t ALTER COLUMN a TYPE uuid USING a::text::uuid",
                "ALTER TABLE u ALTER COLUMN a TYPE uuid USING a::text::uuid", "ALTER TABLE t ADD CONSTRAINT t_pkey PRIMARY KEY (a)",
                "ALTER TABLE u ADD CONSTRAINT u_a_fkey FOREIGN KEY (a) REFERENCES t(a)",
            ], "Loses data", "Loses data", "Long lock", "Long lock"),
        new Change("unique", "CREATE TABLE t (a int)", "CREATE TABLE t (a int UNIQUE NULLS NOT DISTINCT)", ["ALTER TABLE t ADD CONSTRAINT t_a_key UNIQUE NULLS NOT DISTINCT (a)"], "Long lock"),
        new Change("check", "CREATE TABLE t (a int)", "CREATE TABLE t (a int CHECK (a BETWEEN 1 AND 3))", ["ALTER TABLE t ADD CONSTRAINT t_a_check CHECK (((a >= 1) AND (a <= 3)))"], "Long lock"),
        new Change("check of a list that the server rewrites", "CREATE TABLE t (a varchar(9))", "CREATE TABLE t (a varchar(9) CHECK (a IN ('x', 'y')))",
            ["ALTER TABLE t ADD CONSTRAINT t_a_check CHECK (((a)::text = ANY ((ARRAY['x'::character varying, 'y'::character varying])::text[])))"], "Long lock"),
        new Change("exclusion", "CREATE TABLE t (a int, b int)", "CREATE TABLE t (a int, b int, CONSTRAINT x EXCLUDE USING gist (int4range(a, b) WITH &&) WHERE (a > 0))",
            ["ALTER TABLE t ADD CONSTRAINT x EXCLUDE USING gist (int4range(a, b) WITH &&) WHERE ((a > 0))"], "Long lock"),
        new Change("index", "CREATE TABLE t (a int, b text)", "CREATE TABLE t (a int, b text); CREATE UNIQUE INDEX i ON t (lower(b) text_pattern_ops DESC NULLS LAST) INCLUDE (a) WHERE a > 5",
            ["CREATE UNIQUE INDEX i ON t USING btree (lower(b) text_pattern_ops DESC NULLS LAST) INCLUDE (a) WHERE (a > 5)"], "Long lock"),
        new Change("index of another method", "CREATE TABLE t (a int); CREATE INDEX i ON t (a)", "CREATE TABLE t (a int); CREATE INDEX i ON t USING brin (a) WITH (pages_per_range=8)",
            ["DROP INDEX i", "CREATE INDEX i ON t USING brin (a) WITH (pages_per_range='8')"], "Long lock"),
        new Change("indexes of a new table cost nothing", "", "CREATE TABLE t (a int); CREATE INDEX i ON t (a)", ["CREATE TABLE t (\n    a integer\n)", "CREATE INDEX i ON t USING btree (a)"]),
        new Change("comments", "CREATE TABLE t (a int, b int UNIQUE); COMMENT ON TABLE t IS 'old'; COMMENT ON COLUMN t.a IS 'gone'",
            "CREATE TABLE t (a int, b int UNIQUE); COMMENT ON TABLE t IS 'it''s \\n new'; COMMENT ON CONSTRAINT t_b_key ON t IS 'once'",
            ["COMMENT ON COLUMN t.a IS NULL", "COMMENT ON TABLE t IS E'it''s \\\\n new'", "COMMENT ON CONSTRAINT t_b_key ON t IS 'once'"]),
        new Change("a comment comes back with its object", "CREATE TABLE t (a int UNIQUE); COMMENT ON CONSTRAINT t_a_key ON t IS 'once'", "CREATE TABLE t (a bigint UNIQUE); COMMENT ON CONSTRAINT t_a_key ON t IS 'once'",
            [
                "ALTER TABLE t DROP CONSTRAINT t_a_key", "ALTER TABLE t ALTER COLUMN a TYPE bigint USING a::bigint", "ALTER TABLE t ADD CONSTRAINT t_a_key UNIQUE (a)",
                "COMMENT ON CONSTRAINT t_a_key ON t IS 'once'",
            ], "Long lock", "Long lock"),
    ];

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task A_table_changes(Change change)
    {
        var plan = await lab.LeadAsync(change.From, change.To);

        Assert.Equal(change.Statements, plan.Steps.Select(step => step.Sql));
        Assert.Equal(change.Hazards, plan.Hazards.Select(hazard => hazard.ToString().Split(':')[0]));
    }
}
