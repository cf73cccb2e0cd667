-- +goose Up

-- What a sender wants answered, and what the recipient answered by a button.
ALTER TABLE messages
	ADD COLUMN ack         text   NOT NULL DEFAULT '',
	ADD COLUMN answer      text   NOT NULL DEFAULT '',
	ADD COLUMN answered_at bigint NOT NULL DEFAULT 0;
