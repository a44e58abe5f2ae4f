-- A machine may have a key, which shows that a call is its own and not by somebody with a copy of its license.

ALTER TABLE seat ADD COLUMN device_key BLOB;          -- the RFC 7638 thumbprint of its public half; NULL where it has none
