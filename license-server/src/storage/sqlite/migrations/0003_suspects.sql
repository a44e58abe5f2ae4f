-- Two seats that hold the same part at once: the same machine twice, or a clone.

CREATE TABLE suspect (
    n INTEGER PRIMARY KEY,
    instance INTEGER NOT NULL,
    no INTEGER NOT NULL,
    other_instance INTEGER NOT NULL,     -- the same seat again where two machines take turns on it
    other_no INTEGER NOT NULL,
    first_seen INTEGER NOT NULL,
    last_seen INTEGER NOT NULL,
    UNIQUE (instance, no, other_instance, other_no)
) STRICT;
