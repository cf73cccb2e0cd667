-- +goose Up

-- When a reply's sender first read it; 0: not yet.
ALTER TABLE replies ADD COLUMN read_at bigint NOT NULL DEFAULT 0;
UPDATE replies
   SET read_at = created_at
 WHERE EXISTS (SELECT 1
                 FROM events e
                WHERE e.message_id = replies.message_id
                  AND e.kind = 'reply_read'
                  AND e.detail = replies.id);
CREATE INDEX replies_unread ON replies (org_id, message_id) WHERE read_at = 0;

-- A sender's own messages, the newest first.
CREATE INDEX messages_sender ON messages (sender_id, id);

-- Texts that orgs keep ready for their senders.
CREATE TABLE phrases (
	id          text COLLATE "C" PRIMARY KEY,
	org_id      text COLLATE "C" NOT NULL,
	key_version bigint NOT NULL,
	key_wrapped bytea  NOT NULL,
	sealed      bytea  NOT NULL,
	changed_at  bigint NOT NULL
);
CREATE INDEX phrases_org ON phrases (org_id, id);
