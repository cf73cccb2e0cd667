-- +goose Up

ALTER TABLE orgs ADD COLUMN remind     text    NOT NULL DEFAULT '24 72'; -- hours, with a space between
ALTER TABLE orgs ADD COLUMN quiet_from integer NOT NULL DEFAULT 0;       -- minutes after midnight
ALTER TABLE orgs ADD COLUMN quiet_to   integer NOT NULL DEFAULT 0;
ALTER TABLE orgs ADD COLUMN time_zone  text    NOT NULL DEFAULT '';
ALTER TABLE orgs ADD COLUMN hook       text    NOT NULL DEFAULT '';
ALTER TABLE orgs ADD COLUMN roads      text    NOT NULL DEFAULT '';
ALTER TABLE orgs ADD COLUMN test       integer NOT NULL DEFAULT 0;
ALTER TABLE orgs ADD COLUMN templates  text    NOT NULL DEFAULT '[]';    -- JSON

ALTER TABLE credentials ADD COLUMN test integer NOT NULL DEFAULT 0;

ALTER TABLE recipients ADD COLUMN refused_at   integer NOT NULL DEFAULT 0;
ALTER TABLE recipients ADD COLUMN refusal_under text; -- that of staff, below the patient's own
ALTER TABLE recipients ADD COLUMN word         blob; -- sealed like the number
ALTER TABLE recipients ADD COLUMN looked_at    integer NOT NULL DEFAULT 0;
ALTER TABLE recipients ADD COLUMN reminded_at  integer NOT NULL DEFAULT 0; -- when a reminder booked the number,
ALTER TABLE recipients ADD COLUMN reminded_row integer NOT NULL DEFAULT 0; -- and the row of the outbox that it was
CREATE INDEX recipients_refused ON recipients (org_id, id) WHERE refusal IS NOT NULL;

ALTER TABLE messages ADD COLUMN read_by   integer NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN time_zone text    NOT NULL DEFAULT '';
ALTER TABLE messages ADD COLUMN send_at   integer NOT NULL DEFAULT 0; -- 0: at once
ALTER TABLE messages ADD COLUMN test      integer NOT NULL DEFAULT 0;

ALTER TABLE outbox ADD COLUMN failures integer NOT NULL DEFAULT 0;

ALTER TABLE texts ADD COLUMN road     text    NOT NULL DEFAULT '';
ALTER TABLE texts ADD COLUMN sent_at  integer NOT NULL DEFAULT 0;
ALTER TABLE texts ADD COLUMN check_at integer; -- when to ask the provider about it; while claimed: when the lease ends
ALTER TABLE texts ADD COLUMN checks   integer NOT NULL DEFAULT 0;
CREATE INDEX texts_check ON texts (check_at) WHERE check_at IS NOT NULL;

ALTER TABLE notices ADD COLUMN via text NOT NULL DEFAULT 'mail';

-- Unread messages that somebody has to look after. A row is deleted once its
-- message is read, taken or gone.
CREATE TABLE watches (
	message_id text    PRIMARY KEY,
	texted_at  integer NOT NULL,
	remind     text    NOT NULL, -- hours, with a space between
	reminded   integer NOT NULL DEFAULT 0,
	read_by    integer NOT NULL,
	rounds     integer NOT NULL DEFAULT 0,
	attempt    integer NOT NULL DEFAULT 0,
	due_at     integer -- none: only to be deleted; while claimed: when the lease ends
) STRICT, WITHOUT ROWID;
CREATE INDEX watches_due ON watches (due_at) WHERE due_at IS NOT NULL;

-- What couriers share of the roads that texts go by.
CREATE TABLE lines (
	road      text    PRIMARY KEY,
	until     integer NOT NULL DEFAULT 0,
	stops     integer NOT NULL DEFAULT 0,
	code      text    NOT NULL DEFAULT '',
	since     integer NOT NULL DEFAULT 0,
	paced_at  integer NOT NULL DEFAULT 0  -- up to when the road's texts are given away
) STRICT, WITHOUT ROWID;
