-- +goose Up

-- Legal holds: what one is on is neither wiped nor does it expire, until all are lifted.
CREATE TABLE holds (
	id           text COLLATE "C" PRIMARY KEY,
	org_id       text COLLATE "C" NOT NULL REFERENCES orgs,
	message_id   text COLLATE "C",   -- on this, or else
	recipient_id text COLLATE "C",   -- on all that is or will be sent to them
	matter       text     NOT NULL,  -- the number of a case
	placed_at    bigint   NOT NULL,
	lifted_at    bigint
);
CREATE INDEX holds_org ON holds (org_id, id);
CREATE INDEX holds_message ON holds (message_id) WHERE lifted_at IS NULL;
CREATE INDEX holds_recipient ON holds (recipient_id) WHERE lifted_at IS NULL;

-- How long the org keeps what is on record.
ALTER TABLE orgs ADD COLUMN keep bigint NOT NULL DEFAULT 0; -- microseconds; 0: the least

-- Recipients who were forgotten of late, as their first message had brought them:
-- one that was under way at that moment still finds them.
CREATE TABLE forgotten (
	id           text COLLATE "C" PRIMARY KEY,
	org_id       text COLLATE "C" NOT NULL,
	family_id    text COLLATE "C",
	key_version  integer NOT NULL,
	key_wrapped  bytea   NOT NULL,
	number       bytea   NOT NULL,
	person       bytea,
	created_at   bigint  NOT NULL,
	forgotten_at bigint  NOT NULL
);

-- Removals of events that are announced and not carried out yet: the seq of the event
-- that says which.
CREATE TABLE removals (
	seq   bigint PRIMARY KEY,
	spans text   NOT NULL
);

-- Below this place no event is left; and when the store was put back from a backup.
ALTER TABLE log_state ADD COLUMN removed     bigint NOT NULL DEFAULT 0;
ALTER TABLE log_state ADD COLUMN restored_at bigint NOT NULL DEFAULT 0;

-- Few, and looked for whenever the log is verified.
CREATE INDEX events_removed ON events (seq) WHERE kind = 'removed';
