-- +goose Up

ALTER TABLE orgs ADD COLUMN confirm     text    NOT NULL DEFAULT 'none';
ALTER TABLE orgs ADD COLUMN daily_limit integer NOT NULL DEFAULT 0; -- 0: none
ALTER TABLE orgs ADD COLUMN countries   text    NOT NULL DEFAULT ''; -- with a space between

ALTER TABLE senders ADD COLUMN suspended_at integer;

ALTER TABLE recipients ADD COLUMN refusal text; -- why no texts go there

ALTER TABLE messages ADD COLUMN notify integer NOT NULL DEFAULT 0; -- a sum of steps
ALTER TABLE messages ADD COLUMN envid  text    NOT NULL DEFAULT '';

CREATE TABLE smarthosts (
	id         text PRIMARY KEY,
	org_id     text NOT NULL REFERENCES orgs,
	label      text   NOT NULL,
	networks   text   NOT NULL, -- with a space between, like the next two
	certs      text   NOT NULL,
	domains    text   NOT NULL,
	created_at integer NOT NULL
) STRICT;

-- What was delivered of late, so that a delivery repeated makes no second message.
CREATE TABLE repeats (
	org_id     text NOT NULL,
	hash       blob  NOT NULL,
	message_id text NOT NULL,
	created_at integer NOT NULL,
	PRIMARY KEY (org_id, hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX repeats_age ON repeats (created_at);

-- Mails to senders that wait to be sent. A row is deleted once it is settled;
-- messages.notify loses the step when its row is made, so there is never a second.
CREATE TABLE notices (
	id         integer PRIMARY KEY AUTOINCREMENT,
	org_id     text NOT NULL,
	message_id text NOT NULL,
	kind       text    NOT NULL,
	detail     text    NOT NULL,
	attempt    integer NOT NULL DEFAULT 0,
	due_at     integer  NOT NULL, -- while claimed: when the lease ends
	created_at integer  NOT NULL
) STRICT;
CREATE INDEX notices_due ON notices (due_at, id);
