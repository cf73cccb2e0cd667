-- +goose Up

-- What a recipient signs in with in place of a password: a face, a fingerprint.
CREATE TABLE passkeys (
	id           text COLLATE "C" NOT NULL,
	recipient_id text COLLATE "C" NOT NULL,
	org_id       text COLLATE "C" NOT NULL,
	record       bytea  NOT NULL, -- sealed: the public key and what goes with it
	counter      bigint NOT NULL, -- how often it signed, as it says itself
	label        text   NOT NULL,
	created_at   bigint NOT NULL,
	used_at      bigint NOT NULL DEFAULT 0,
	PRIMARY KEY (recipient_id, id)
);

-- What passkeys are about to sign: the last of each browser, taken away once.
CREATE TABLE challenges (
	recipient_id text COLLATE "C" NOT NULL,
	device       bytea  NOT NULL,
	org_id       text COLLATE "C" NOT NULL,
	purpose      text   NOT NULL,
	challenge    bytea  NOT NULL,
	asked_at     bigint NOT NULL,
	PRIMARY KEY (recipient_id, device)
);
CREATE INDEX challenges_age ON challenges (asked_at);

-- Whether a passkey was added, used or declined in this browser: none is offered
-- there again.
ALTER TABLE devices ADD COLUMN passkey integer NOT NULL DEFAULT 0;
