-- +goose Up

ALTER TABLE orgs
	ADD COLUMN needs_passcode integer NOT NULL DEFAULT 0,
	ADD COLUMN hint           text    NOT NULL DEFAULT '';

ALTER TABLE messages
	ADD COLUMN passcode bytea, -- its keyed hash; none once wiped
	ADD COLUMN hint     bytea; -- sealed with the message's key

-- Who has the password gave a passcode; and how many wrong ones were given, by
-- browsers that did not prove themselves and by those that did.
ALTER TABLE recipients
	ADD COLUMN vouched_at     bigint  NOT NULL DEFAULT 0,
	ADD COLUMN passcode_tries integer NOT NULL DEFAULT 0,
	ADD COLUMN proved_tries   integer NOT NULL DEFAULT 0;

ALTER TABLE devices
	ADD COLUMN vouched_at bigint NOT NULL DEFAULT 0; -- when it gave the right one
