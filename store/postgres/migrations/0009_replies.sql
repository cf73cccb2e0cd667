-- +goose Up

-- Whether recipients may write back: what the org says, and what a message does.
ALTER TABLE orgs     ADD COLUMN reply integer NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN reply integer NOT NULL DEFAULT 0;

-- What recipients wrote back. The keys, the attachments and the chunks of replies
-- stand with those of messages, under the id of the reply.
CREATE TABLE replies (
	id           text COLLATE "C" PRIMARY KEY,
	org_id       text COLLATE "C" NOT NULL,
	message_id   text COLLATE "C" NOT NULL,
	recipient_id text COLLATE "C" NOT NULL,
	nonce        text   NOT NULL,
	content      bytea  NOT NULL,
	created_at   bigint NOT NULL,
	told_at      bigint NOT NULL -- when the mail is due that tells the sender of it
);
ALTER TABLE replies ALTER content SET STORAGE EXTERNAL;
CREATE UNIQUE INDEX replies_message ON replies (message_id, nonce);
