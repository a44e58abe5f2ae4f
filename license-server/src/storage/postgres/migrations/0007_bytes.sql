-- Names are compared by their bytes, as SQLite does: a language's order is slower, and may change with the system's libraries.
ALTER TABLE setting ALTER COLUMN name TYPE TEXT COLLATE "C";
ALTER TABLE instance ALTER COLUMN id TYPE TEXT COLLATE "C", ALTER COLUMN order_id TYPE TEXT COLLATE "C",
    ALTER COLUMN line_id TYPE TEXT COLLATE "C";
ALTER TABLE order_change ALTER COLUMN order_id TYPE TEXT COLLATE "C", ALTER COLUMN line_id TYPE TEXT COLLATE "C";
ALTER TABLE inquiry ALTER COLUMN order_id TYPE TEXT COLLATE "C", ALTER COLUMN line_id TYPE TEXT COLLATE "C";
ALTER TABLE notice ALTER COLUMN order_id TYPE TEXT COLLATE "C", ALTER COLUMN line_id TYPE TEXT COLLATE "C";
ALTER TABLE application ALTER COLUMN event_id TYPE TEXT COLLATE "C", ALTER COLUMN license_id TYPE TEXT COLLATE "C";

-- What is counted of an instance's seats changes with nearly every license: the new row is to find room on the same page.
ALTER TABLE instance SET (fillfactor = 50);
