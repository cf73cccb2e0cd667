-- +goose Up

-- What recipients are found by. Whoever is older than this table is found by their id,
-- which is the hash of their number with the key of that time.
CREATE TABLE number_hashes (
	hash         text COLLATE "C" PRIMARY KEY,
	key_id       text COLLATE "C" NOT NULL,
	org_id       text COLLATE "C" NOT NULL,
	recipient_id text COLLATE "C" NOT NULL
);
CREATE INDEX number_hashes_of ON number_hashes (recipient_id, key_id);

CREATE TABLE phone_keys (
	id      text COLLATE "C" PRIMARY KEY,
	since   bigint NOT NULL,
	used_at bigint NOT NULL -- last, as the key in use of a process
);

ALTER TABLE staff_recovery ADD COLUMN created_at bigint NOT NULL DEFAULT 0;
