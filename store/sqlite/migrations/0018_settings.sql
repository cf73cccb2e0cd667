-- +goose Up

-- What an org decides about itself, and how often that was changed. What stood in
-- events before stays there.
ALTER TABLE orgs ADD COLUMN version integer NOT NULL DEFAULT 0;
ALTER TABLE orgs ADD COLUMN ack text NOT NULL DEFAULT '';
ALTER TABLE orgs ADD COLUMN logo text NOT NULL DEFAULT '';
ALTER TABLE orgs ADD COLUMN logo_width integer NOT NULL DEFAULT 0;
ALTER TABLE orgs ADD COLUMN logo_height integer NOT NULL DEFAULT 0;

-- All settings as they were from some time on, as JSON.
CREATE TABLE org_versions (
	org_id     text NOT NULL REFERENCES orgs,
	version    integer NOT NULL,
	settings   text NOT NULL,
	actor_kind text NOT NULL,
	actor_id   text NOT NULL,
	addr       text NOT NULL,
	at         integer NOT NULL,
	PRIMARY KEY (org_id, version)
) STRICT, WITHOUT ROWID;

-- Pictures beside an org's name. They stay, so that a version can come back.
CREATE TABLE org_logos (
	id         text PRIMARY KEY,
	org_id     text NOT NULL REFERENCES orgs,
	type       text NOT NULL,
	data       blob NOT NULL,
	created_at integer NOT NULL
) STRICT;
