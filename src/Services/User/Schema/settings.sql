-- What a user has chosen; what is not here has the default of the schema in the code.
CREATE TABLE settings (
    user_id        uuid PRIMARY KEY REFERENCES profiles ON DELETE CASCADE,
    chosen         jsonb NOT NULL CHECK (jsonb_typeof(chosen) = 'object'),
    -- The schema that the choices were made by.
    schema_version int NOT NULL CHECK (schema_version > 0),
    version        bigint NOT NULL CHECK (version >= 0),
    updated_at     timestamptz NOT NULL
);

-- Search leaves these out, and must not look through everybody's settings for them.
CREATE INDEX settings_undiscoverable ON settings (user_id) WHERE chosen @> '{"discoverable": false}';
