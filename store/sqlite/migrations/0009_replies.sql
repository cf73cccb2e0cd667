-- +goose Up

-- Whether recipients may write back: what the org says, and what a message does.
ALTER TABLE orgs     ADD COLUMN reply integer NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN reply integer NOT NULL DEFAULT 0;

-- What recipients wrote back. The keys, the attachments and the chunks of replies
-- stand with those of messages, under the id of the reply.
CREATE TABLE replies (
	id           text    PRIMARY KEY,
	org_id       text    NOT NULL,
	message_id   text    NOT NULL,
	recipient_id text    NOT NULL,
	nonce        text    NOT NULL,
	content      blob    NOT NULL,
	created_at   integer NOT NULL,
	told_at      integer NOT NULL -- when the mail is due that tells the sender of it
) STRICT;
CREATE UNIQUE INDEX replies_message ON replies (message_id, nonce);
