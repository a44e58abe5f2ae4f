-- Clones are looked for behind the calls: a call finds seats in its own instance alone.

ALTER TABLE seat_part RENAME TO known_part;
CREATE TABLE seat_part (
    instance INTEGER NOT NULL,
    part BLOB NOT NULL,                 -- kind and digest
    no INTEGER NOT NULL,
    PRIMARY KEY (instance, part, no)
) STRICT, WITHOUT ROWID;
INSERT INTO seat_part (instance, part, no) SELECT instance, part, no FROM known_part ORDER BY 1, 2, 3;
-- What is no device's names no clone.
DELETE FROM known_part WHERE part = x'ffffffffffffffffffffff';

-- Seats whose parts known_part does not have yet.
CREATE TABLE seat_moved (
    n INTEGER PRIMARY KEY,
    instance INTEGER NOT NULL,
    no INTEGER NOT NULL,
    gone BLOB NOT NULL                  -- the parts that left it, 11 bytes each
) STRICT;
