-- +goose Up

-- The first message of the thread that a message continues.
ALTER TABLE messages ADD COLUMN thread text NOT NULL DEFAULT '';
CREATE INDEX messages_thread ON messages (thread) WHERE thread <> '';
