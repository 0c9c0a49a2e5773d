-- The keys of access tokens. A key is announced before not_before, signs until retire_at, and stays published until its last token has expired.
CREATE TABLE signing_keys (
    kid         text PRIMARY KEY,
    -- PKCS#8 PEM, encrypted with a passphrase that is not in the database.
    private_key text NOT NULL CHECK (private_key LIKE '-----BEGIN ENCRYPTED PRIVATE KEY-----%'),
    -- The public half as a JSON Web Key.
    public_key  jsonb NOT NULL CHECK (NOT public_key ? 'd'),
    not_before  timestamptz NOT NULL,
    retire_at   timestamptz NOT NULL,
    created_at  timestamptz NOT NULL,
    -- One key signs at a time, however many replicas start together.
    CONSTRAINT signing_keys_one_at_a_time EXCLUDE USING gist (tstzrange(not_before, retire_at) WITH &&)
);
