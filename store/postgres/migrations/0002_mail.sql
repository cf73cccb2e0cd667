-- +goose Up

ALTER TABLE orgs
	ADD COLUMN confirm     text    NOT NULL DEFAULT 'none',
	ADD COLUMN daily_limit integer NOT NULL DEFAULT 0, -- 0: none
	ADD COLUMN countries   text    NOT NULL DEFAULT ''; -- with a space between

ALTER TABLE senders ADD COLUMN suspended_at bigint;

ALTER TABLE recipients ADD COLUMN refusal text; -- why no texts go there

ALTER TABLE messages
	ADD COLUMN notify integer NOT NULL DEFAULT 0, -- a sum of steps
	ADD COLUMN envid  text    NOT NULL DEFAULT '';

CREATE TABLE smarthosts (
	id         text COLLATE "C" PRIMARY KEY,
	org_id     text COLLATE "C" NOT NULL REFERENCES orgs,
	label      text   NOT NULL,
	networks   text   NOT NULL, -- with a space between, like the next two
	certs      text   NOT NULL,
	domains    text   NOT NULL,
	created_at bigint NOT NULL
);

-- What was delivered of late, so that a delivery repeated makes no second message.
CREATE TABLE repeats (
	org_id     text COLLATE "C" NOT NULL,
	hash       bytea  NOT NULL,
	message_id text COLLATE "C" NOT NULL,
	created_at bigint NOT NULL,
	PRIMARY KEY (org_id, hash)
);
CREATE INDEX repeats_age ON repeats (created_at);

-- Mails to senders that wait to be sent. A row is deleted once it is settled;
-- messages.notify loses the step when its row is made, so there is never a second.
CREATE TABLE notices (
	id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	org_id     text COLLATE "C" NOT NULL,
	message_id text COLLATE "C" NOT NULL,
	kind       text    NOT NULL,
	detail     text    NOT NULL,
	attempt    integer NOT NULL DEFAULT 0,
	due_at     bigint  NOT NULL, -- while claimed: when the lease ends
	created_at bigint  NOT NULL
);
CREATE INDEX notices_due ON notices (due_at, id);
