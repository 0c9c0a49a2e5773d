CREATE TABLE dead_letters (
    id           uuid PRIMARY KEY,
    topic        text,
    event_id     text,
    type         text,
    key          text,
    payload      bytea,
    error        text,
    attempts     int NOT NULL,
    trace_parent text,
    first_at     timestamptz NOT NULL,
    last_at      timestamptz NOT NULL,
    replayed_at  timestamptz
);
