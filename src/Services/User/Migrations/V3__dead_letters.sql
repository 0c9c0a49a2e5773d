-- Derived from the declared schema.

CREATE TABLE dead_letters (
    id           uuid NOT NULL,
    topic        text,
    event_id     text,
    type         text,
    key          text,
    payload      bytea,
    error        text,
    attempts     integer NOT NULL,
    trace_parent text,
    first_at     timestamp with time zone NOT NULL,
    last_at      timestamp with time zone NOT NULL,
    replayed_at  timestamp with time zone,
    CONSTRAINT dead_letters_pkey PRIMARY KEY (id),
    CONSTRAINT dead_letters_attempts_check CHECK ((attempts >= 0))
);

CREATE INDEX dead_letters_waiting ON dead_letters USING btree (first_at, id) WHERE ((payload IS NOT NULL) AND (replayed_at IS NULL));

-- Not built concurrently: the table holds what some days have brought, and a concurrent build would wait for the replicas that wait for this migration.
CREATE INDEX inbox_events_by_age ON inbox_events USING btree (handled_at);
