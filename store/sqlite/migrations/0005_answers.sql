-- +goose Up

-- What a sender wants answered, and what the recipient answered by a button.
ALTER TABLE messages ADD COLUMN ack         text    NOT NULL DEFAULT '';
ALTER TABLE messages ADD COLUMN answer      text    NOT NULL DEFAULT '';
ALTER TABLE messages ADD COLUMN answered_at integer NOT NULL DEFAULT 0;
