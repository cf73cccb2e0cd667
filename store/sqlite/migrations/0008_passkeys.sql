-- +goose Up

-- What a recipient signs in with in place of a password: a face, a fingerprint.
CREATE TABLE passkeys (
	id           text    NOT NULL,
	recipient_id text    NOT NULL,
	org_id       text    NOT NULL,
	record       blob    NOT NULL, -- sealed: the public key and what goes with it
	counter      integer NOT NULL, -- how often it signed, as it says itself
	label        text    NOT NULL,
	created_at   integer NOT NULL,
	used_at      integer NOT NULL DEFAULT 0,
	PRIMARY KEY (recipient_id, id)
) STRICT, WITHOUT ROWID;

-- What passkeys are about to sign: the last of each browser, taken away once.
CREATE TABLE challenges (
	recipient_id text    NOT NULL,
	device       blob    NOT NULL,
	org_id       text    NOT NULL,
	purpose      text    NOT NULL,
	challenge    blob    NOT NULL,
	asked_at     integer NOT NULL,
	PRIMARY KEY (recipient_id, device)
) STRICT, WITHOUT ROWID;
CREATE INDEX challenges_age ON challenges (asked_at);

-- Whether a passkey was added, used or declined in this browser: none is offered
-- there again.
ALTER TABLE devices ADD COLUMN passkey integer NOT NULL DEFAULT 0;
