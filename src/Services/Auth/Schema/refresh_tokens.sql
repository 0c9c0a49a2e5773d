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
