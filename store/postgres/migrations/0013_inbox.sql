-- +goose Up

-- A patient's list is the newest few: read in their order, it ends there.
DROP INDEX messages_recipient;
CREATE INDEX messages_recipient ON messages (recipient_id, created_at, id);
