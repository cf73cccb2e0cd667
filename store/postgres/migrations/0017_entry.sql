-- +goose Up

-- For whom the org's provider vouches: a hash of its issuer and what it
-- calls them.
ALTER TABLE staff ADD COLUMN identity bytea;
CREATE UNIQUE INDEX staff_identity ON staff (identity) WHERE identity IS NOT NULL;

-- What people of the staff sign in with in place of password and app.
CREATE TABLE staff_passkeys (
	id          text COLLATE "C" PRIMARY KEY,
	staff_id    text COLLATE "C" NOT NULL REFERENCES staff,
	org_id      text COLLATE "C" NOT NULL REFERENCES orgs,
	handle      bytea  NOT NULL UNIQUE, -- hash of what it calls itself
	key_version bigint NOT NULL,
	key_wrapped bytea  NOT NULL,
	record      bytea  NOT NULL,        -- what checks its signatures, sealed
	counter     bigint NOT NULL,
	name        text    NOT NULL,
	created_at  bigint NOT NULL,
	used_at     bigint NOT NULL DEFAULT 0
);
CREATE INDEX staff_passkeys_of ON staff_passkeys (staff_id, created_at);

-- Proofs of who somebody of the staff is that began in one browser.
CREATE TABLE ceremonies (
	browser  bytea  PRIMARY KEY, -- SHA-256 of what it keeps
	purpose  text    NOT NULL,
	org_id   text COLLATE "C" NOT NULL,    -- none while nobody knows yet
	staff_id text COLLATE "C" NOT NULL,
	value    bytea  NOT NULL,
	back     text    NOT NULL,
	begun_at bigint NOT NULL
);
CREATE INDEX ceremonies_begun ON ceremonies (begun_at);

-- By whom an org's staff are vouched for. The settings are sealed.
CREATE TABLE providers (
	org_id      text COLLATE "C" PRIMARY KEY REFERENCES orgs,
	key_version bigint NOT NULL,
	key_wrapped bytea  NOT NULL,
	record      bytea  NOT NULL,
	passwords   bigint NOT NULL, -- whether what people have here signs them in as well
	set_at      bigint NOT NULL
);
CREATE TABLE provider_domains (
	domain text COLLATE "C" PRIMARY KEY, -- of addresses
	org_id text COLLATE "C" NOT NULL REFERENCES providers
);
CREATE INDEX provider_domains_org ON provider_domains (org_id);
