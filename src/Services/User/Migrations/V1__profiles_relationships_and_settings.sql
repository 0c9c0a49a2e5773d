-- Who somebody is to others. Made from auth's news of a new user.
CREATE TABLE profiles (
    user_id      uuid PRIMARY KEY,
    username     text NOT NULL CHECK (char_length(username) BETWEEN 3 AND 32),
    display_name text NOT NULL CHECK (char_length(display_name) BETWEEN 1 AND 64),
    avatar_url   text CHECK (avatar_url LIKE 'https://%' AND char_length(avatar_url) <= 2048),
    bio          text CHECK (char_length(bio) BETWEEN 1 AND 500),
    visibility   text NOT NULL DEFAULT 'public' CHECK (visibility IN ('public', 'private')),
    version      bigint NOT NULL CHECK (version > 0),
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    -- What search compares: case folded by ICU, whatever the locale of the database, and ordered by bytes, so that an index serves prefixes.
    username_key     text COLLATE "C" NOT NULL GENERATED ALWAYS AS (lower(username COLLATE "und-x-icu")) STORED,
    display_name_key text COLLATE "C" NOT NULL GENERATED ALWAYS AS (lower(display_name COLLATE "und-x-icu")) STORED
);

-- Search by user name, and one profile per name whatever its case.
CREATE UNIQUE INDEX profiles_by_username ON profiles (username_key);

-- Search by display name.
CREATE INDEX profiles_by_display_name ON profiles (display_name_key, user_id);

-- What two users are to each other, in one row whatever its direction: the row is locked by whoever changes it, so it decides every race.
CREATE TABLE relationships (
    user_low        uuid NOT NULL REFERENCES profiles ON DELETE CASCADE,
    user_high       uuid NOT NULL REFERENCES profiles ON DELETE CASCADE,
    status          text NOT NULL CHECK (status IN ('none', 'pending', 'accepted', 'declined', 'cancelled', 'removed')),
    status_at       timestamptz NOT NULL,
    -- Who asked for the friendship.
    requester_id    uuid CHECK (requester_id IN (user_low, user_high)),
    -- Since when the one has blocked the other; null when not.
    low_blocked_at  timestamptz,
    high_blocked_at timestamptz,
    -- Grows with every change: readers of the events keep the newest.
    version         bigint NOT NULL CHECK (version >= 0),
    PRIMARY KEY (user_low, user_high),
    CHECK (user_low < user_high),
    CHECK ((status = 'none') = (requester_id IS NULL)),
    -- A block ends a friendship and a request, and lets none begin.
    CHECK (status NOT IN ('pending', 'accepted') OR (low_blocked_at IS NULL AND high_blocked_at IS NULL))
);

-- A user's pairs where they are the high one; the primary key serves the others.
CREATE INDEX relationships_by_high ON relationships (user_high, user_low);

-- Each pair as each of the two sees it.
CREATE VIEW contacts AS
SELECT user_low AS user_id, user_high AS other_id, status, status_at, requester_id, low_blocked_at AS blocked_at, high_blocked_at AS blocked_by_at
FROM relationships
UNION ALL
SELECT user_high, user_low, status, status_at, requester_id, high_blocked_at, low_blocked_at
FROM relationships;

-- What a user has chosen; what is not here has the default of the schema in the code.
CREATE TABLE settings (
    user_id        uuid PRIMARY KEY REFERENCES profiles ON DELETE CASCADE,
    chosen         jsonb NOT NULL CHECK (jsonb_typeof(chosen) = 'object'),
    -- The schema that the choices were made by.
    schema_version int NOT NULL CHECK (schema_version > 0),
    version        bigint NOT NULL CHECK (version >= 0),
    updated_at     timestamptz NOT NULL
);

-- Who wants to be found.
CREATE VIEW searchable_profiles AS
SELECT user_id, username, display_name, avatar_url, username_key, display_name_key
FROM profiles p
WHERE visibility = 'public'
    AND NOT EXISTS (SELECT FROM settings s WHERE s.user_id = p.user_id AND s.chosen @> '{"discoverable": false}');

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
