-- +goose Up

CREATE INDEX devices_unknown ON devices (seen_at) WHERE known_at = 0;
