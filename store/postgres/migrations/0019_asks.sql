-- +goose Up

-- What one admin asks for, and another has to approve.
CREATE TABLE asks (
	id         text COLLATE "C" PRIMARY KEY,
	org_id     text COLLATE "C" NOT NULL REFERENCES orgs,
	kind       text    NOT NULL, -- wipe or emergency
	state      text    NOT NULL,
	reason     text    NOT NULL, -- a code
	reference  text    NOT NULL,
	message_id text COLLATE "C",          -- of an emergency
	n          integer NOT NULL, -- of a wipe: how many messages
	digest     text    NOT NULL, -- and exactly which
	asked_by   text COLLATE "C" NOT NULL,
	asked_at   bigint NOT NULL,
	decided_by text COLLATE "C",
	decided_at bigint
);
CREATE INDEX asks_org ON asks (org_id, id);
CREATE INDEX asks_work ON asks (id) WHERE kind = 'wipe' AND state = 'approved';

-- Which messages an ask is to wipe, and what became of each.
CREATE TABLE ask_messages (
	ask_id     text COLLATE "C" NOT NULL,
	message_id text COLLATE "C" NOT NULL,
	state      text NOT NULL, -- waits, wiped, on_hold, gone
	PRIMARY KEY (ask_id, message_id)
);
CREATE INDEX ask_messages_wait ON ask_messages (ask_id, message_id) WHERE state = 'waits';
