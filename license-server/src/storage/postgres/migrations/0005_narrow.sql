-- Fewer indexes to keep with every license.

-- How many seats are taken is counted when one of them ends; until then it is kept. Here nothing is known yet.
ALTER TABLE instance ADD COLUMN seats_taken BIGINT NOT NULL DEFAULT 0;
ALTER TABLE instance ADD COLUMN seats_renewed BIGINT NOT NULL DEFAULT 0;
ALTER TABLE instance ADD COLUMN counted_from BIGINT NOT NULL DEFAULT 0;
ALTER TABLE instance ADD COLUMN counted_until BIGINT NOT NULL DEFAULT 0;
DROP INDEX seat_taken;

DROP INDEX seat_named;
ALTER TABLE seat DROP CONSTRAINT seat_instance_no_key, DROP COLUMN n;
ALTER TABLE seat ADD PRIMARY KEY (instance, no);
CREATE INDEX seat_named ON seat (instance) WHERE name IS NOT NULL;

ALTER TABLE seat_part RENAME TO seat_part_before;
CREATE TABLE seat_part (
    part BYTEA NOT NULL,                 -- kind and digest
    instance BIGINT NOT NULL,
    no BIGINT NOT NULL,
    PRIMARY KEY (part, instance, no)
);
INSERT INTO seat_part (part, instance, no) SELECT DISTINCT part, instance, no FROM seat_part_before;
DROP TABLE seat_part_before;

-- By the time of signing, so that new rows lie side by side. What was answered in the last minute is answered by the rules.
DROP TABLE replay;
CREATE TABLE replay (
    signed_at BIGINT NOT NULL,         -- milliseconds
    signature BYTEA NOT NULL,
    until BIGINT NOT NULL,
    outcome TEXT NOT NULL,               -- JSON
    PRIMARY KEY (signed_at, signature)
);
