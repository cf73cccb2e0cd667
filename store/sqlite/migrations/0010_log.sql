-- +goose Up

-- The proved log (S34): which event has which place in it.
CREATE TABLE log_leaves (
	leaf integer PRIMARY KEY,
	seq  integer NOT NULL UNIQUE
) STRICT;

-- Its Merkle tree, 32 hashes of a level in a row. Marks go with the leaves, level 0.
CREATE TABLE log_tiles (
	level  integer NOT NULL,
	n      integer NOT NULL,
	hashes blob    NOT NULL,
	marks  blob,
	PRIMARY KEY (level, n)
) STRICT;

-- One row: how many leaves there are, and the highest seq that was looked at.
CREATE TABLE log_state (
	id   integer PRIMARY KEY,
	size integer NOT NULL,
	high integer NOT NULL
) STRICT;

-- Seqs that were not there when those above them were: whose transactions have not
-- ended yet, or came to nothing. They are looked for ever less often, and for good.
CREATE TABLE log_gaps (
	first  integer PRIMARY KEY,
	last   integer NOT NULL,
	since  integer NOT NULL,
	due_at integer NOT NULL
) STRICT;
CREATE INDEX log_gaps_due ON log_gaps (due_at);

CREATE TABLE log_checkpoints (
	size integer PRIMARY KEY,
	note text    NOT NULL,
	at   integer NOT NULL
) STRICT;

-- What each target of checkpoints has got.
CREATE TABLE log_pushes (
	target text    PRIMARY KEY,
	size   integer NOT NULL,
	due_at integer NOT NULL
) STRICT;
