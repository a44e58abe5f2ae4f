-- Orders are read, and licenses are marked before they are sent.

ALTER TABLE instance ADD COLUMN bought_as_trial SMALLINT NOT NULL DEFAULT 0;
ALTER TABLE instance ADD COLUMN unread_orders BIGINT NOT NULL DEFAULT 0;

ALTER TABLE order_change ADD COLUMN facts TEXT;    -- JSON: what the order says, once it was read

ALTER TABLE delivery ADD COLUMN uncertain SMALLINT NOT NULL DEFAULT 0; -- an attempt had no answer
DROP INDEX delivery_due;
-- status 4 is being sent, 5 being sent though a newer application took its place; `at` is then the end of the lease
CREATE INDEX delivery_due ON delivery (at) WHERE status IN (0, 4, 5);
CREATE INDEX delivery_parked ON delivery (instance) WHERE status = 2;

CREATE TABLE inquiry (
    n BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    instance BIGINT NOT NULL,
    order_id TEXT NOT NULL,
    line_id TEXT NOT NULL,
    kind SMALLINT NOT NULL,              -- as in order_change
    status SMALLINT NOT NULL,            -- 0 due, 1 parked
    at BIGINT NOT NULL,                  -- not before, or since
    attempts BIGINT NOT NULL,
    error TEXT,
    UNIQUE (instance, order_id, line_id, kind)
);
CREATE INDEX inquiry_due ON inquiry (at) WHERE status = 0;

CREATE TABLE buyer (
    instance BIGINT PRIMARY KEY,
    data TEXT NOT NULL                   -- JSON; personal, erased on release
);
