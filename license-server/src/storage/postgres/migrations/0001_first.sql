-- Times are whole seconds since 1970; 9223372036854775807 stands for "for ever".

CREATE TABLE setting (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

-- Keys of new rows: a batch takes one value and has the 1024 numbers from there on to itself.
CREATE SEQUENCE instance_n INCREMENT BY 1024 START WITH 1;
CREATE SEQUENCE application_n INCREMENT BY 1024 START WITH 1;

-- The last batch that each writer has committed, so that one which lost its connection meanwhile can tell.
CREATE TABLE writer (
    id BYTEA PRIMARY KEY,
    batch BIGINT NOT NULL,
    seen_at BIGINT NOT NULL
) WITH (fillfactor = 10);

CREATE TABLE instance (
    n BIGINT PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    order_id TEXT NOT NULL,
    line_id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    lifecycle SMALLINT NOT NULL,         -- 0 active, 1 frozen, 2 released, 3 frozen for its end
    lifecycle_at BIGINT NOT NULL,
    standing SMALLINT NOT NULL,          -- 0 known, 1 pending, 2 problem
    problem TEXT,
    product TEXT NOT NULL,               -- JSON
    bought TEXT NOT NULL,                -- JSON: the product at first
    quantity BIGINT,
    starts_at BIGINT,
    ends_at BIGINT,
    term SMALLINT,                       -- 0 periodic, 1 perpetual
    trial SMALLINT NOT NULL,
    seat_phase BIGINT NOT NULL,
    seat_epoch BIGINT NOT NULL,
    seats_seen BIGINT,
    next_seat BIGINT NOT NULL,
    UNIQUE (order_id, line_id)
) WITH (fillfactor = 70);                -- rewritten with every seat

CREATE TABLE order_change (
    n BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    instance BIGINT NOT NULL,
    order_id TEXT NOT NULL,
    line_id TEXT NOT NULL,
    kind SMALLINT NOT NULL,              -- 0 purchase, 1 trial to formal, 2 renewal, 3 renewal change, 4 cancelled renewal, 5 upgrade
    ends_at BIGINT,
    product_id TEXT,
    cancelled SMALLINT NOT NULL,
    UNIQUE (instance, order_id, line_id, kind)
);

CREATE TABLE seat (
    n BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    instance BIGINT NOT NULL,
    no BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    baseline BYTEA,                      -- digests; NULL for no device in particular
    phase BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    taken_until BIGINT NOT NULL,         -- 0 when it is free
    holds TEXT NOT NULL,                 -- JSON
    rebased_at TEXT NOT NULL,            -- JSON
    freed SMALLINT NOT NULL,
    UNIQUE (instance, no)
);
CREATE INDEX seat_taken ON seat (instance, phase, taken_until, epoch);

CREATE TABLE seat_part (
    instance BIGINT NOT NULL,
    part BYTEA NOT NULL,                 -- kind and digest
    no BIGINT NOT NULL
);
CREATE INDEX seat_part_found ON seat_part (part, instance, no);
CREATE INDEX seat_part_of_seat ON seat_part (instance, no);

CREATE TABLE application (
    n BIGINT PRIMARY KEY,
    instance BIGINT NOT NULL,
    event_id TEXT,                       -- NULL when issued by hand
    identity BYTEA NOT NULL,             -- empty when no fingerprint was given
    created_at BIGINT NOT NULL,
    status SMALLINT NOT NULL,            -- 0 waiting, 1 granted, 2 parked, 3 superseded
    detail TEXT,                         -- JSON: what is needed to judge later, or the refusal
    device BYTEA,                        -- digests, while it waits
    seat BIGINT,
    license_id TEXT,
    token TEXT,
    until BIGINT,
    key_id TEXT,
    UNIQUE (event_id, identity)
);
CREATE INDEX application_of_instance ON application (instance);
CREATE INDEX application_waiting ON application (instance) WHERE status = 0;

CREATE TABLE delivery (
    application BIGINT PRIMARY KEY,
    instance BIGINT NOT NULL,
    status SMALLINT NOT NULL,            -- 0 due, 1 done, 2 parked, 3 cancelled
    at BIGINT NOT NULL,                  -- not before, or since
    attempts BIGINT NOT NULL,
    error TEXT
);
CREATE INDEX delivery_due ON delivery (at) WHERE status = 0;

CREATE TABLE replay (
    n BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    signature BYTEA NOT NULL UNIQUE,
    until BIGINT NOT NULL,
    outcome TEXT NOT NULL                -- JSON
);

CREATE TABLE notice (
    n BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id TEXT NOT NULL,
    line_id TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    handled_at BIGINT,
    UNIQUE (order_id, line_id)
);

CREATE TABLE history (
    n BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    instance BIGINT NOT NULL,
    at BIGINT NOT NULL,
    what TEXT NOT NULL,
    detail TEXT NOT NULL
);
CREATE INDEX history_of_instance ON history (instance);
