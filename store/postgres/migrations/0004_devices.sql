-- +goose Up

ALTER TABLE orgs
	ADD COLUMN step_up    text    NOT NULL DEFAULT 'new_device',
	ADD COLUMN code_first integer NOT NULL DEFAULT 0;

ALTER TABLE recipients ADD COLUMN reset_at bigint NOT NULL DEFAULT 0; -- what is older is held

ALTER TABLE messages
	ADD COLUMN held_at     bigint NOT NULL DEFAULT 0, -- by who said that it is not theirs
	ADD COLUMN released_at bigint NOT NULL DEFAULT 0;

-- Browsers that signed in or proved themselves. A browser has one secret for all
-- recipients, and a row for each.
CREATE TABLE devices (
	recipient_id text COLLATE "C" NOT NULL,
	device       bytea    NOT NULL, -- SHA-256 of the secret
	org_id       text COLLATE "C" NOT NULL,
	label        text    NOT NULL DEFAULT '',
	created_at   bigint NOT NULL,
	seen_at      bigint NOT NULL,           -- when it signed in last
	known_at     bigint NOT NULL DEFAULT 0, -- when it signed in first; 0: it never did
	proved_at    bigint NOT NULL DEFAULT 0,
	failures     integer NOT NULL DEFAULT 0, -- wrong passwords in a row
	retry_at     bigint NOT NULL DEFAULT 0,
	PRIMARY KEY (recipient_id, device)
);

-- Codes that were texted: the last one of each browser.
CREATE TABLE codes (
	recipient_id text COLLATE "C" NOT NULL,
	device       bytea    NOT NULL,
	org_id       text COLLATE "C" NOT NULL,
	outbox_id    bigint NOT NULL,
	hash         bytea, -- none until it is texted
	tries        integer NOT NULL DEFAULT 0,
	asked_at     bigint NOT NULL,
	texted_at    bigint NOT NULL DEFAULT 0,
	PRIMARY KEY (recipient_id, device)
);
CREATE INDEX codes_outbox ON codes (outbox_id);
CREATE INDEX codes_age ON codes (asked_at);
