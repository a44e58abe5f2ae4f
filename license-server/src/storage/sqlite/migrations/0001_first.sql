-- Times are whole seconds since 1970; 9223372036854775807 stands for "for ever".

CREATE TABLE setting (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

CREATE TABLE instance (
    n INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    order_id TEXT NOT NULL,
    line_id TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    lifecycle INTEGER NOT NULL,          -- 0 active, 1 frozen, 2 released, 3 frozen for its end
    lifecycle_at INTEGER NOT NULL,
    standing INTEGER NOT NULL,           -- 0 known, 1 pending, 2 problem
    problem TEXT,
    product TEXT NOT NULL,               -- JSON
    bought TEXT NOT NULL,                -- JSON: the product at first
    quantity INTEGER,
    starts_at INTEGER,
    ends_at INTEGER,
    term INTEGER,                        -- 0 periodic, 1 perpetual
    trial INTEGER NOT NULL,
    seat_phase INTEGER NOT NULL,
    seat_epoch INTEGER NOT NULL,
    seats_seen INTEGER,
    next_seat INTEGER NOT NULL,
    UNIQUE (order_id, line_id)
) STRICT;

CREATE TABLE order_change (
    n INTEGER PRIMARY KEY,
    instance INTEGER NOT NULL,
    order_id TEXT NOT NULL,
    line_id TEXT NOT NULL,
    kind INTEGER NOT NULL,               -- 0 purchase, 1 trial to formal, 2 renewal, 3 renewal change, 4 cancelled renewal, 5 upgrade
    ends_at INTEGER,
    product_id TEXT,
    cancelled INTEGER NOT NULL,
    UNIQUE (instance, order_id, line_id, kind)
) STRICT;

CREATE TABLE seat (
    n INTEGER PRIMARY KEY,
    instance INTEGER NOT NULL,
    no INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    baseline BLOB,                       -- digests; NULL for no device in particular
    phase INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    taken_until INTEGER NOT NULL,        -- 0 when it is free
    holds TEXT NOT NULL,                 -- JSON
    rebased_at TEXT NOT NULL,            -- JSON
    freed INTEGER NOT NULL,
    UNIQUE (instance, no)
) STRICT;
CREATE INDEX seat_taken ON seat (instance, phase, taken_until, epoch);

CREATE TABLE seat_part (
    instance INTEGER NOT NULL,
    part BLOB NOT NULL,                  -- kind and digest
    no INTEGER NOT NULL
) STRICT;
CREATE INDEX seat_part_found ON seat_part (part, instance, no);
CREATE INDEX seat_part_of_seat ON seat_part (instance, no);

CREATE TABLE application (
    n INTEGER PRIMARY KEY,
    instance INTEGER NOT NULL,
    event_id TEXT,                       -- NULL when issued by hand
    identity BLOB NOT NULL,              -- empty when no fingerprint was given
    created_at INTEGER NOT NULL,
    status INTEGER NOT NULL,             -- 0 waiting, 1 granted, 2 parked, 3 superseded
    detail TEXT,                         -- JSON: what is needed to judge later, or the refusal
    device BLOB,                         -- digests, while it waits
    seat INTEGER,
    license_id TEXT,
    token TEXT,
    until INTEGER,
    key_id TEXT,
    UNIQUE (event_id, identity)
) STRICT;
CREATE INDEX application_of_instance ON application (instance);
CREATE INDEX application_waiting ON application (instance) WHERE status = 0;

CREATE TABLE delivery (
    application INTEGER PRIMARY KEY,
    instance INTEGER NOT NULL,
    status INTEGER NOT NULL,             -- 0 due, 1 done, 2 parked, 3 cancelled
    at INTEGER NOT NULL,                 -- not before, or since
    attempts INTEGER NOT NULL,
    error TEXT
) STRICT;
CREATE INDEX delivery_due ON delivery (at) WHERE status = 0;

CREATE TABLE replay (
    n INTEGER PRIMARY KEY,
    signature BLOB NOT NULL UNIQUE,
    until INTEGER NOT NULL,
    outcome TEXT NOT NULL                -- JSON
) STRICT;

CREATE TABLE notice (
    n INTEGER PRIMARY KEY,
    order_id TEXT NOT NULL,
    line_id TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    handled_at INTEGER,
    UNIQUE (order_id, line_id)
) STRICT;

CREATE TABLE history (
    n INTEGER PRIMARY KEY,
    instance INTEGER NOT NULL,
    at INTEGER NOT NULL,
    what TEXT NOT NULL,
    detail TEXT NOT NULL
) STRICT;
CREATE INDEX history_of_instance ON history (instance);
