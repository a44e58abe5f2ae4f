-- Fewer indexes to keep with every license.

-- How many seats are taken is counted when one of them ends; until then it is kept. Here nothing is known yet.
ALTER TABLE instance ADD COLUMN seats_taken INTEGER NOT NULL DEFAULT 0;
ALTER TABLE instance ADD COLUMN seats_renewed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE instance ADD COLUMN counted_from INTEGER NOT NULL DEFAULT 0;
ALTER TABLE instance ADD COLUMN counted_until INTEGER NOT NULL DEFAULT 0;
DROP INDEX seat_taken;

ALTER TABLE seat_part RENAME TO seat_part_before;
CREATE TABLE seat_part (
    part BLOB NOT NULL,                  -- kind and digest
    instance INTEGER NOT NULL,
    no INTEGER NOT NULL,
    PRIMARY KEY (part, instance, no)
) STRICT, WITHOUT ROWID;
INSERT OR IGNORE INTO seat_part (part, instance, no) SELECT part, instance, no FROM seat_part_before ORDER BY 1, 2, 3;
DROP TABLE seat_part_before;

-- By the time of signing, so that new rows lie side by side. What was answered in the last minute is answered by the rules.
DROP TABLE replay;
CREATE TABLE replay (
    signed_at INTEGER NOT NULL,        -- milliseconds
    signature BLOB NOT NULL,
    until INTEGER NOT NULL,
    outcome TEXT NOT NULL,               -- JSON
    PRIMARY KEY (signed_at, signature)
) STRICT, WITHOUT ROWID;
