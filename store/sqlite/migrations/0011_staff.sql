-- +goose Up

-- People who sign in to the console. The org's own are found by email, which
-- belongs to one person of one org.
CREATE TABLE staff (
	id             text    PRIMARY KEY,
	org_id         text    NOT NULL REFERENCES orgs,
	email          text    NOT NULL UNIQUE,
	name           text    NOT NULL,
	roles          text    NOT NULL, -- with a space between
	password       text,             -- a PHC string; none until the set-up link was used
	key_version    integer,          -- of the data key that seals totp
	key_wrapped    blob,
	totp           blob,             -- the secret of the authenticator app, sealed
	totp_step      integer NOT NULL DEFAULT 0, -- of the last code that was used
	epoch          integer NOT NULL DEFAULT 1,
	failures       integer NOT NULL DEFAULT 0, -- wrong passwords in a row, of browsers that nobody knows
	retry_at       integer NOT NULL DEFAULT 0,
	known_failures integer NOT NULL DEFAULT 0, -- of those that signed in before
	known_retry_at integer NOT NULL DEFAULT 0,
	invite         blob UNIQUE,      -- SHA-256 of the secret in the set-up link
	invited_until  integer NOT NULL DEFAULT 0,
	created_at     integer NOT NULL,
	signed_in_at   integer NOT NULL DEFAULT 0,
	suspended_at   integer
) STRICT;
CREATE INDEX staff_org ON staff (org_id, created_at);

-- Codes that stand in for the authenticator app, each once.
CREATE TABLE staff_recovery (
	staff_id text NOT NULL REFERENCES staff,
	hash     blob NOT NULL, -- keyed
	PRIMARY KEY (staff_id, hash)
) STRICT, WITHOUT ROWID;

CREATE INDEX messages_reference ON messages (org_id, reference) WHERE reference <> '';
CREATE INDEX credentials_org ON credentials (org_id, created_at);
