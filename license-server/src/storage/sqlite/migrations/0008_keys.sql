-- The number of the newest key set that a seat's machine was given: it knows the keys of that set.
ALTER TABLE seat ADD COLUMN keys_told INTEGER;
