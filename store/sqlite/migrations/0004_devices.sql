-- +goose Up

ALTER TABLE orgs ADD COLUMN step_up    text    NOT NULL DEFAULT 'new_device';
ALTER TABLE orgs ADD COLUMN code_first integer NOT NULL DEFAULT 0;

ALTER TABLE recipients ADD COLUMN reset_at integer NOT NULL DEFAULT 0; -- what is older is held

ALTER TABLE messages ADD COLUMN held_at     integer NOT NULL DEFAULT 0; -- by who said that it is not theirs
ALTER TABLE messages ADD COLUMN released_at integer NOT NULL DEFAULT 0;

-- Browsers that signed in or proved themselves. A browser has one secret for all
-- recipients, and a row for each.
CREATE TABLE devices (
	recipient_id text    NOT NULL,
	device       blob    NOT NULL, -- SHA-256 of the secret
	org_id       text    NOT NULL,
	label        text    NOT NULL DEFAULT '',
	created_at   integer NOT NULL,
	seen_at      integer NOT NULL,           -- when it signed in last
	known_at     integer NOT NULL DEFAULT 0, -- when it signed in first; 0: it never did
	proved_at    integer NOT NULL DEFAULT 0,
	failures     integer NOT NULL DEFAULT 0, -- wrong passwords in a row
	retry_at     integer NOT NULL DEFAULT 0,
	PRIMARY KEY (recipient_id, device)
) STRICT, WITHOUT ROWID;

-- Codes that were texted: the last one of each browser.
CREATE TABLE codes (
	recipient_id text    NOT NULL,
	device       blob    NOT NULL,
	org_id       text    NOT NULL,
	outbox_id    integer NOT NULL,
	hash         blob, -- none until it is texted
	tries        integer NOT NULL DEFAULT 0,
	asked_at     integer NOT NULL,
	texted_at    integer NOT NULL DEFAULT 0,
	PRIMARY KEY (recipient_id, device)
) STRICT, WITHOUT ROWID;
CREATE INDEX codes_outbox ON codes (outbox_id);
CREATE INDEX codes_age ON codes (asked_at);
