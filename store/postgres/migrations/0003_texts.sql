-- +goose Up

ALTER TABLE orgs
	ADD COLUMN remind     text NOT NULL DEFAULT '24 72', -- hours, with a space between
	ADD COLUMN quiet_from integer NOT NULL DEFAULT 0,       -- minutes after midnight
	ADD COLUMN quiet_to   integer NOT NULL DEFAULT 0,
	ADD COLUMN time_zone  text NOT NULL DEFAULT '',
	ADD COLUMN hook       text NOT NULL DEFAULT '',
	ADD COLUMN roads      text NOT NULL DEFAULT '',
	ADD COLUMN test       integer NOT NULL DEFAULT 0,
	ADD COLUMN templates  text NOT NULL DEFAULT '[]';    -- JSON

ALTER TABLE credentials
	ADD COLUMN test integer NOT NULL DEFAULT 0;

ALTER TABLE recipients
	ADD COLUMN refused_at   bigint NOT NULL DEFAULT 0,
	ADD COLUMN refusal_under text, -- that of staff, below the patient's own
	ADD COLUMN word         bytea, -- sealed like the number
	ADD COLUMN looked_at    bigint NOT NULL DEFAULT 0,
	ADD COLUMN reminded_at  bigint NOT NULL DEFAULT 0, -- when a reminder booked the number,
	ADD COLUMN reminded_row bigint NOT NULL DEFAULT 0; -- and the row of the outbox that it was
CREATE INDEX recipients_refused ON recipients (org_id, id) WHERE refusal IS NOT NULL;

ALTER TABLE messages
	ADD COLUMN read_by   bigint NOT NULL DEFAULT 0,
	ADD COLUMN time_zone text NOT NULL DEFAULT '',
	ADD COLUMN send_at   bigint NOT NULL DEFAULT 0, -- 0: at once
	ADD COLUMN test      integer NOT NULL DEFAULT 0;

ALTER TABLE outbox
	ADD COLUMN failures integer NOT NULL DEFAULT 0;

ALTER TABLE texts
	ADD COLUMN road     text NOT NULL DEFAULT '',
	ADD COLUMN sent_at  bigint NOT NULL DEFAULT 0,
	ADD COLUMN check_at bigint, -- when to ask the provider about it; while claimed: when the lease ends
	ADD COLUMN checks   integer NOT NULL DEFAULT 0;
CREATE INDEX texts_check ON texts (check_at) WHERE check_at IS NOT NULL;

ALTER TABLE notices
	ADD COLUMN via text NOT NULL DEFAULT 'mail';

-- Unread messages that somebody has to look after. A row is deleted once its
-- message is read, taken or gone.
CREATE TABLE watches (
	message_id text COLLATE "C" PRIMARY KEY,
	texted_at  bigint  NOT NULL,
	remind     text    NOT NULL, -- hours, with a space between
	reminded   integer NOT NULL DEFAULT 0,
	read_by    bigint  NOT NULL,
	rounds     integer NOT NULL DEFAULT 0,
	attempt    integer NOT NULL DEFAULT 0,
	due_at     bigint  -- none: only to be deleted; while claimed: when the lease ends
);
CREATE INDEX watches_due ON watches (due_at) WHERE due_at IS NOT NULL;

-- What couriers share of the roads that texts go by.
CREATE TABLE lines (
	road      text COLLATE "C" PRIMARY KEY,
	until     bigint NOT NULL DEFAULT 0,
	stops     integer NOT NULL DEFAULT 0,
	code      text NOT NULL DEFAULT '',
	since     bigint NOT NULL DEFAULT 0,
	paced_at  bigint NOT NULL DEFAULT 0  -- up to when the road's texts are given away
);
