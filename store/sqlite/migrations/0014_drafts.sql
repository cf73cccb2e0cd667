-- +goose Up

-- Replies that were not taken, for their recipients to mend. Their keys stand with
-- those of messages, under the id of the draft.
CREATE TABLE drafts (
	id           text PRIMARY KEY,
	org_id       text NOT NULL,
	message_id   text NOT NULL UNIQUE,
	recipient_id text NOT NULL,
	epoch        integer NOT NULL, -- of the recipient, when it was kept
	nonce        text    NOT NULL,
	content      blob    NOT NULL,
	expires_at   integer NOT NULL
) STRICT;
CREATE INDEX drafts_recipient ON drafts (recipient_id);
CREATE INDEX drafts_expire ON drafts (expires_at);
