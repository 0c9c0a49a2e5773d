-- Who can sign in. Names and pictures are the user service's.
CREATE TABLE users (
    id            uuid PRIMARY KEY,
    email         text NOT NULL CHECK (char_length(email) BETWEEN 3 AND 254),
    -- Null until the owner has proved that the address is theirs.
    email_verified_at timestamptz,
    username      text NOT NULL CHECK (username ~ '^[A-Za-z0-9_.]{3,32}$'),
    -- A PHC string: the parameters are in it, so they can change from one user to the next.
    password_hash text NOT NULL CHECK (password_hash LIKE '$argon2id$%'),
    status        text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'disabled')),
    created_at    timestamptz NOT NULL
);

-- Log-in, and one account per address whatever its case.
CREATE UNIQUE INDEX users_by_email ON users (lower(email));

-- One account per name whatever its case.
CREATE UNIQUE INDEX users_by_username ON users (lower(username));

-- Each token of a session is used once and names its successor; the one without a successor is the live one.
CREATE TABLE refresh_tokens (
    id                 uuid PRIMARY KEY,
    user_id            uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    session_id         uuid NOT NULL,
    -- SHA-256 of the token: what is stored here opens nothing.
    token_hash         bytea NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
    -- Unique: a token has one successor, however many callers race.
    parent_id          uuid UNIQUE REFERENCES refresh_tokens ON DELETE SET NULL,
    -- Deferred: a token is spent before its successor is there, because only one may be live.
    replaced_by        uuid UNIQUE REFERENCES refresh_tokens DEFERRABLE INITIALLY DEFERRED,
    used_at            timestamptz,
    revoked_at         timestamptz,
    issued_at          timestamptz NOT NULL,
    -- Ends when unused this long ...
    expires_at         timestamptz NOT NULL,
    -- ... and whatever happens, here.
    session_expires_at timestamptz NOT NULL,
    device_name        text CHECK (char_length(device_name) BETWEEN 1 AND 100),
    address            text CHECK (char_length(address) BETWEEN 1 AND 64),
    CHECK ((used_at IS NULL) = (replaced_by IS NULL)),
    CHECK (issued_at < expires_at AND expires_at <= session_expires_at)
);

-- At most one live token per session.
CREATE UNIQUE INDEX refresh_tokens_live ON refresh_tokens (session_id) WHERE used_at IS NULL;

-- Ending a session.
CREATE INDEX refresh_tokens_by_session ON refresh_tokens (session_id);

-- A user's sessions.
CREATE INDEX refresh_tokens_by_user ON refresh_tokens (user_id);

-- The sweep of what has expired.
CREATE INDEX refresh_tokens_by_expiry ON refresh_tokens (expires_at);

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

-- Events that wait for the broker, stored in the transaction that caused them.
CREATE TABLE outbox_events (
    position     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id           uuid NOT NULL UNIQUE,
    topic        text NOT NULL,
    type         text NOT NULL,
    key          text NOT NULL,
    payload      text NOT NULL,
    trace_parent text,
    at           timestamptz NOT NULL
);

-- Events that were handled, so that one which is delivered again is not.
CREATE TABLE inbox_events (
    event_id   uuid PRIMARY KEY,
    handled_at timestamptz NOT NULL DEFAULT now()
);
