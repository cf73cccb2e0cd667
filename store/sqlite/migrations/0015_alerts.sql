-- +goose Up

-- What one person or sender did, and what was done to them.
CREATE INDEX events_actor ON events (actor_id, seq) WHERE actor_kind IN ('staff', 'sender', 'key');
CREATE INDEX events_about ON events (substr(detail, 1, 30), seq) WHERE message_id IS NULL AND recipient_id IS NULL;

-- At most one row: the first place of the proved log that nobody looked at yet.
CREATE TABLE lookout_state (
	id     integer PRIMARY KEY,
	looked integer NOT NULL
) STRICT;

-- What was counted of the log, by the day or the hour that begins at span.
CREATE TABLE tallies (
	org_id  text NOT NULL,
	measure text NOT NULL,
	span    integer NOT NULL,
	subject text NOT NULL,
	n       integer NOT NULL,
	PRIMARY KEY (org_id, measure, span, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX tallies_hours ON tallies (span) WHERE measure IN ('refused', 'shown');

-- Blocks of addresses from which people of the staff signed in.
CREATE TABLE staff_places (
	staff_id text NOT NULL,
	block    text NOT NULL,
	org_id   text NOT NULL,
	PRIMARY KEY (staff_id, block)
) STRICT, WITHOUT ROWID;

CREATE TABLE alerts (
	id      text PRIMARY KEY,
	org_id  text NOT NULL,
	rule    text NOT NULL,
	subject text NOT NULL,
	day     integer NOT NULL, -- in UTC, since 1970: once a day each
	n       integer NOT NULL,
	at      integer NOT NULL,
	seen_at integer,
	seen_by text,
	mail_at integer -- when the mail is due that tells of it; while claimed: when the lease ends
) STRICT;
CREATE UNIQUE INDEX alerts_once ON alerts (org_id, day, rule, subject);
CREATE INDEX alerts_org ON alerts (org_id, id);
CREATE INDEX alerts_mail ON alerts (mail_at) WHERE mail_at IS NOT NULL;

-- From what on an org is alerted. Without a row it is as ever.
CREATE TABLE alert_rules (
	org_id   text PRIMARY KEY REFERENCES orgs,
	mail     text    NOT NULL,
	volume   integer NOT NULL,
	factor   integer NOT NULL,
	refusals integer NOT NULL,
	places   integer NOT NULL,
	reading  integer NOT NULL,
	wipes    integer NOT NULL
) STRICT;
