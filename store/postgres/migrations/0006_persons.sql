-- +goose Up

-- People who share a number: a recipient each, with the number's own beside them.
ALTER TABLE recipients
	ADD COLUMN family_id text,  -- the number's own; of that itself, none
	ADD COLUMN person    bytea; -- whom it is for, sealed like the number
CREATE INDEX recipients_family ON recipients (family_id) WHERE family_id IS NOT NULL;
