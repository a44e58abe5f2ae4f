-- Clones are looked for behind the calls: a call finds seats in its own instance alone.

ALTER TABLE seat_part RENAME TO known_part;
CREATE TABLE seat_part (
    instance BIGINT NOT NULL,
    part BYTEA NOT NULL,                -- kind and digest
    no BIGINT NOT NULL,
    PRIMARY KEY (instance, part, no)
);
INSERT INTO seat_part (instance, part, no) SELECT instance, part, no FROM known_part ORDER BY 1, 2, 3;
-- What is no device's names no clone.
DELETE FROM known_part WHERE part = '\xffffffffffffffffffffff';

-- Seats whose parts known_part does not have yet.
CREATE TABLE seat_moved (
    n BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    instance BIGINT NOT NULL,
    no BIGINT NOT NULL,
    gone BYTEA NOT NULL                 -- the parts that left it, 11 bytes each
);
