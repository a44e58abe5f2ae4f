-- What a seat's licenses have named, where that is more than its baseline, and how many machines got by themselves today.

ALTER TABLE seat ADD COLUMN given TEXT NOT NULL DEFAULT '{}';
