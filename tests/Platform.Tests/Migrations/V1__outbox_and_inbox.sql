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

CREATE TABLE inbox_events (
    event_id   uuid PRIMARY KEY,
    handled_at timestamptz NOT NULL DEFAULT now()
);
