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
