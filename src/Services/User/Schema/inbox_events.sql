-- Events that were handled, so that one which is delivered again is not.
CREATE TABLE inbox_events (
    event_id   uuid PRIMARY KEY,
    handled_at timestamptz NOT NULL DEFAULT now()
);
