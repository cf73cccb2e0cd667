-- +goose Up

-- For whom the org's provider vouches: a hash of its issuer and what it
-- calls them.
ALTER TABLE staff ADD COLUMN identity blob;
CREATE UNIQUE INDEX staff_identity ON staff (identity) WHERE identity IS NOT NULL;

-- What people of the staff sign in with in place of password and app.
CREATE TABLE staff_passkeys (
	id          text    PRIMARY KEY,
	staff_id    text    NOT NULL REFERENCES staff,
	org_id      text    NOT NULL REFERENCES orgs,
	handle      blob    NOT NULL UNIQUE, -- hash of what it calls itself
	key_version integer NOT NULL,
	key_wrapped blob    NOT NULL,
	record      blob    NOT NULL,        -- what checks its signatures, sealed
	counter     integer NOT NULL,
	name        text    NOT NULL,
	created_at  integer NOT NULL,
	used_at     integer NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX staff_passkeys_of ON staff_passkeys (staff_id, created_at);

-- Proofs of who somebody of the staff is that began in one browser.
CREATE TABLE ceremonies (
	browser  blob    PRIMARY KEY, -- SHA-256 of what it keeps
	purpose  text    NOT NULL,
	org_id   text    NOT NULL,    -- none while nobody knows yet
	staff_id text    NOT NULL,
	value    blob    NOT NULL,
	back     text    NOT NULL,
	begun_at integer NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX ceremonies_begun ON ceremonies (begun_at);

-- By whom an org's staff are vouched for. The settings are sealed.
CREATE TABLE providers (
	org_id      text    PRIMARY KEY REFERENCES orgs,
	key_version integer NOT NULL,
	key_wrapped blob    NOT NULL,
	record      blob    NOT NULL,
	passwords   integer NOT NULL, -- whether what people have here signs them in as well
	set_at      integer NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE provider_domains (
	domain text PRIMARY KEY, -- of addresses
	org_id text NOT NULL REFERENCES providers
) STRICT, WITHOUT ROWID;
CREATE INDEX provider_domains_org ON provider_domains (org_id);
