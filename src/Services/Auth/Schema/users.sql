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
