-- +goose Up

-- Legal holds: what one is on is neither wiped nor does it expire, until all are lifted.
CREATE TABLE holds (
	id           text    PRIMARY KEY,
	org_id       text    NOT NULL REFERENCES orgs,
	message_id   text,             -- on this, or else
	recipient_id text,             -- on all that is or will be sent to them
	matter       text    NOT NULL, -- the number of a case
	placed_at    integer NOT NULL,
	lifted_at    integer
) STRICT;
CREATE INDEX holds_org ON holds (org_id, id);
CREATE INDEX holds_message ON holds (message_id) WHERE lifted_at IS NULL;
CREATE INDEX holds_recipient ON holds (recipient_id) WHERE lifted_at IS NULL;

-- How long the org keeps what is on record.
ALTER TABLE orgs ADD COLUMN keep integer NOT NULL DEFAULT 0; -- microseconds; 0: the least

-- Recipients who were forgotten of late, as their first message had brought them:
-- one that was under way at that moment still finds them.
CREATE TABLE forgotten (
	id           text    PRIMARY KEY,
	org_id       text    NOT NULL,
	family_id    text,
	key_version  integer NOT NULL,
	key_wrapped  blob    NOT NULL,
	number       blob    NOT NULL,
	person       blob,
	created_at   integer NOT NULL,
	forgotten_at integer NOT NULL
) STRICT;

-- Removals of events that are announced and not carried out yet: the seq of the event
-- that says which.
CREATE TABLE removals (
	seq   integer PRIMARY KEY,
	spans text    NOT NULL
) STRICT;

-- Below this place no event is left; and when the store was put back from a backup.
ALTER TABLE log_state ADD COLUMN removed     integer NOT NULL DEFAULT 0;
ALTER TABLE log_state ADD COLUMN restored_at integer NOT NULL DEFAULT 0;

-- Few, and looked for whenever the log is verified.
CREATE INDEX events_removed ON events (seq) WHERE kind = 'removed';
