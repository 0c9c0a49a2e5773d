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
