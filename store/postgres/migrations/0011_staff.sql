-- +goose Up

-- People who sign in to the console. The org's own are found by email, which
-- belongs to one person of one org.
CREATE TABLE staff (
	id             text COLLATE "C" PRIMARY KEY,
	org_id         text COLLATE "C" NOT NULL REFERENCES orgs,
	email          text    NOT NULL UNIQUE,
	name           text    NOT NULL,
	roles          text    NOT NULL, -- with a space between
	password       text,             -- a PHC string; none until the set-up link was used
	key_version    bigint,          -- of the data key that seals totp
	key_wrapped    bytea,
	totp           bytea,             -- the secret of the authenticator app, sealed
	totp_step      bigint NOT NULL DEFAULT 0, -- of the last code that was used
	epoch          bigint NOT NULL DEFAULT 1,
	failures       bigint NOT NULL DEFAULT 0, -- wrong passwords in a row, of browsers that nobody knows
	retry_at       bigint NOT NULL DEFAULT 0,
	known_failures bigint NOT NULL DEFAULT 0, -- of those that signed in before
	known_retry_at bigint NOT NULL DEFAULT 0,
	invite         bytea UNIQUE,      -- SHA-256 of the secret in the set-up link
	invited_until  bigint NOT NULL DEFAULT 0,
	created_at     bigint NOT NULL,
	signed_in_at   bigint NOT NULL DEFAULT 0,
	suspended_at   bigint
);
CREATE INDEX staff_org ON staff (org_id, created_at);

-- Codes that stand in for the authenticator app, each once.
CREATE TABLE staff_recovery (
	staff_id text COLLATE "C" NOT NULL REFERENCES staff,
	hash     bytea NOT NULL, -- keyed
	PRIMARY KEY (staff_id, hash)
);

CREATE INDEX messages_reference ON messages (org_id, reference) WHERE reference <> '';
CREATE INDEX credentials_org ON credentials (org_id, created_at);
