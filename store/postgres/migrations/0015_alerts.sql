-- +goose Up

-- What one person or sender did, and what was done to them.
CREATE INDEX events_actor ON events (actor_id, seq) WHERE actor_kind IN ('staff', 'sender', 'key');
CREATE INDEX events_about ON events (substr(detail, 1, 30), seq) WHERE message_id IS NULL AND recipient_id IS NULL;

-- At most one row: the first place of the proved log that nobody looked at yet.
CREATE TABLE lookout_state (
	id     integer PRIMARY KEY,
	looked bigint NOT NULL
);

-- What was counted of the log, by the day or the hour that begins at span.
CREATE TABLE tallies (
	org_id  text COLLATE "C" NOT NULL,
	measure text COLLATE "C" NOT NULL,
	span    bigint NOT NULL,
	subject text COLLATE "C" NOT NULL,
	n       bigint NOT NULL,
	PRIMARY KEY (org_id, measure, span, subject)
);
CREATE INDEX tallies_hours ON tallies (span) WHERE measure IN ('refused', 'shown');

-- Blocks of addresses from which people of the staff signed in.
CREATE TABLE staff_places (
	staff_id text COLLATE "C" NOT NULL,
	block    text COLLATE "C" NOT NULL,
	org_id   text COLLATE "C" NOT NULL,
	PRIMARY KEY (staff_id, block)
);

CREATE TABLE alerts (
	id      text COLLATE "C" PRIMARY KEY,
	org_id  text COLLATE "C" NOT NULL,
	rule    text COLLATE "C" NOT NULL,
	subject text COLLATE "C" NOT NULL,
	day     bigint NOT NULL, -- in UTC, since 1970: once a day each
	n       bigint NOT NULL,
	at      bigint NOT NULL,
	seen_at bigint,
	seen_by text COLLATE "C",
	mail_at bigint -- when the mail is due that tells of it; while claimed: when the lease ends
);
CREATE UNIQUE INDEX alerts_once ON alerts (org_id, day, rule, subject);
CREATE INDEX alerts_org ON alerts (org_id, id);
CREATE INDEX alerts_mail ON alerts (mail_at) WHERE mail_at IS NOT NULL;

-- From what on an org is alerted. Without a row it is as ever.
CREATE TABLE alert_rules (
	org_id   text COLLATE "C" PRIMARY KEY REFERENCES orgs,
	mail     text    NOT NULL,
	volume   integer NOT NULL,
	factor   integer NOT NULL,
	refusals integer NOT NULL,
	places   integer NOT NULL,
	reading  integer NOT NULL,
	wipes    integer NOT NULL
);
