-- Two seats that hold the same part at once: the same machine twice, or a clone.

CREATE TABLE suspect (
    n BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    instance BIGINT NOT NULL,
    no BIGINT NOT NULL,
    other_instance BIGINT NOT NULL,      -- the same seat again where two machines take turns on it
    other_no BIGINT NOT NULL,
    first_seen BIGINT NOT NULL,
    last_seen BIGINT NOT NULL,
    UNIQUE (instance, no, other_instance, other_no)
);
