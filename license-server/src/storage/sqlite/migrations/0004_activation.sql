-- Machines ask for their licenses themselves, with an activation code.

ALTER TABLE instance ADD COLUMN code_counter INTEGER NOT NULL DEFAULT 0;  -- how often the code was replaced
ALTER TABLE instance ADD COLUMN code_sha256 BLOB;    -- NULL until the server, which has the secret, has made the code
CREATE UNIQUE INDEX instance_code ON instance (code_sha256) WHERE code_sha256 IS NOT NULL;
CREATE INDEX instance_without_code ON instance (n) WHERE code_sha256 IS NULL;

ALTER TABLE seat ADD COLUMN license INTEGER;         -- the application of the license its machine asked for last
ALTER TABLE seat ADD COLUMN name TEXT;               -- what the buyer calls the machine; erased with the seat
ALTER TABLE seat ADD COLUMN deactivated_at INTEGER;  -- when its machine gave it back
CREATE INDEX seat_named ON seat (n) WHERE name IS NOT NULL;
CREATE INDEX seat_deactivated ON seat (instance, deactivated_at) WHERE deactivated_at IS NOT NULL;

ALTER TABLE application ADD COLUMN terms BLOB;       -- digest of what the license says; only where a machine asked itself
CREATE INDEX application_license ON application (license_id) WHERE license_id IS NOT NULL;
