-- +goose Up

-- Replies that were not taken, for their recipients to mend. Their keys stand with
-- those of messages, under the id of the draft.
CREATE TABLE drafts (
	id           text COLLATE "C" PRIMARY KEY,
	org_id       text COLLATE "C" NOT NULL,
	message_id   text COLLATE "C" NOT NULL UNIQUE,
	recipient_id text COLLATE "C" NOT NULL,
	epoch        bigint  NOT NULL, -- of the recipient, when it was kept
	nonce        text    NOT NULL,
	content      bytea   NOT NULL,
	expires_at   bigint  NOT NULL
);
ALTER TABLE drafts ALTER content SET STORAGE EXTERNAL;
CREATE INDEX drafts_recipient ON drafts (recipient_id);
CREATE INDEX drafts_expire ON drafts (expires_at);
