-- +goose Up

-- What recipients are found by. Whoever is older than this table is found by their id,
-- which is the hash of their number with the key of that time.
CREATE TABLE number_hashes (
	hash         text PRIMARY KEY,
	key_id       text NOT NULL,
	org_id       text NOT NULL,
	recipient_id text NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX number_hashes_of ON number_hashes (recipient_id, key_id);

CREATE TABLE phone_keys (
	id      text PRIMARY KEY,
	since   integer NOT NULL,
	used_at integer NOT NULL -- last, as the key in use of a process
) STRICT, WITHOUT ROWID;

ALTER TABLE staff_recovery ADD COLUMN created_at integer NOT NULL DEFAULT 0;
