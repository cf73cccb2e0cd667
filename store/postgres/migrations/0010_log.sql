-- +goose Up

-- The proved log (S34): which event has which place in it.
CREATE TABLE log_leaves (
	leaf bigint PRIMARY KEY,
	seq  bigint NOT NULL UNIQUE
);

-- Its Merkle tree, 32 hashes of a level in a row. Marks go with the leaves, level 0.
CREATE TABLE log_tiles (
	level  int    NOT NULL,
	n      bigint NOT NULL,
	hashes bytea  NOT NULL,
	marks  bytea,
	PRIMARY KEY (level, n)
);

-- One row: how many leaves there are, and the highest seq that was looked at.
CREATE TABLE log_state (
	id   int    PRIMARY KEY,
	size bigint NOT NULL,
	high bigint NOT NULL
);

-- Seqs that were not there when those above them were: whose transactions have not
-- ended yet, or came to nothing. They are looked for ever less often, and for good.
CREATE TABLE log_gaps (
	first  bigint PRIMARY KEY,
	last   bigint NOT NULL,
	since  bigint NOT NULL,
	due_at bigint NOT NULL
);
CREATE INDEX log_gaps_due ON log_gaps (due_at);

CREATE TABLE log_checkpoints (
	size bigint PRIMARY KEY,
	note text   NOT NULL,
	at   bigint NOT NULL
);

-- What each target of checkpoints has got.
CREATE TABLE log_pushes (
	target text   PRIMARY KEY,
	size   bigint NOT NULL,
	due_at bigint NOT NULL
);
