-- Events that could not be handled, until they are replayed or discarded.
CREATE TABLE dead_letters (
    -- Made of the event: the same event is the same letter.
    id           uuid PRIMARY KEY,
    topic        text,
    event_id     text,
    type         text,
    key          text,
    -- The event as the broker had it; null while it is still being tried.
    payload      bytea,
    error        text,
    attempts     int NOT NULL CHECK (attempts >= 0),
    trace_parent text,
    first_at     timestamptz NOT NULL,
    last_at      timestamptz NOT NULL,
    -- When it was handled after all.
    replayed_at  timestamptz
);

-- How many wait, and the oldest of them first.
CREATE INDEX dead_letters_waiting ON dead_letters (first_at, id) WHERE payload IS NOT NULL AND replayed_at IS NULL;
