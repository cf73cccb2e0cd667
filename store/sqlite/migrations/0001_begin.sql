-- +goose Up

-- Times are microseconds since 1970 in UTC. Ids are text that sorts by time.
-- What a message brings with it has no foreign keys: it is written and wiped in
-- one transaction each, and every key checked costs intake a look-up.
-- Small rows that are found by their key alone are kept in its order: without a
-- rowid there is one tree to write instead of two.

CREATE TABLE orgs (
	id         text    PRIMARY KEY,
	name       text    NOT NULL,
	sms_name   text    NOT NULL,
	phone      text    NOT NULL,
	region     text    NOT NULL,
	lang       text    NOT NULL,
	life       integer NOT NULL, -- microseconds
	created_at integer NOT NULL
) STRICT;

CREATE TABLE org_keys (
	org_id  text    NOT NULL REFERENCES orgs,
	version integer NOT NULL,
	root    text    NOT NULL, -- the id of the root key that wraps it
	wrapped blob    NOT NULL,
	PRIMARY KEY (org_id, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE senders (
	id         text    PRIMARY KEY,
	org_id     text    NOT NULL REFERENCES orgs,
	email      text    NOT NULL UNIQUE,
	name       text    NOT NULL,
	send_as    text    NOT NULL, -- addresses with a space between
	created_at integer NOT NULL
) STRICT;

CREATE TABLE credentials (
	id         text    PRIMARY KEY,
	org_id     text    NOT NULL REFERENCES orgs,
	sender_id  text    NOT NULL REFERENCES senders,
	kind       text    NOT NULL, -- app_password or api_key
	label      text    NOT NULL,
	hash       blob    NOT NULL UNIQUE,
	scopes     text    NOT NULL, -- with a space between
	created_at integer NOT NULL,
	expires_at integer,
	revoked_at integer
) STRICT;

CREATE TABLE recipients (
	id          text    PRIMARY KEY, -- a keyed hash of org and number
	org_id      text    NOT NULL,
	key_version integer NOT NULL,
	key_wrapped blob    NOT NULL,
	number      blob    NOT NULL,
	password    text,
	epoch       integer NOT NULL DEFAULT 0,
	failures    integer NOT NULL DEFAULT 0, -- wrong passwords in a row
	retry_at    integer NOT NULL DEFAULT 0,
	created_at  integer NOT NULL
) STRICT;
CREATE INDEX recipients_key ON recipients (org_id, key_version);

CREATE TABLE messages (
	id           text    PRIMARY KEY,
	org_id       text    NOT NULL,
	sender_id    text    NOT NULL,
	recipient_id text    NOT NULL,
	lang         text    NOT NULL,
	reference    text    NOT NULL,
	content      blob, -- none once wiped
	created_at   integer NOT NULL,
	expires_at   integer NOT NULL,
	wiped_at     integer,
	expired_at   integer
) STRICT;
CREATE INDEX messages_org ON messages (org_id, id);
CREATE INDEX messages_recipient ON messages (recipient_id);
CREATE INDEX messages_life ON messages (expires_at) WHERE wiped_at IS NULL;

-- Apart from the messages, so that it can be backed up for days only: what was
-- wiped then stays wiped in every backup of the rest.
CREATE TABLE message_keys (
	message_id text    PRIMARY KEY,
	org_id     text    NOT NULL,
	version    integer NOT NULL,
	wrapped    blob    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX message_keys_version ON message_keys (org_id, version);

CREATE TABLE attachments (
	message_id text    NOT NULL,
	part       integer NOT NULL,
	size       integer NOT NULL,
	PRIMARY KEY (message_id, part)
) STRICT, WITHOUT ROWID;

CREATE TABLE chunks (
	message_id text    NOT NULL,
	part       integer NOT NULL,
	n          integer NOT NULL,
	sealed     blob    NOT NULL,
	PRIMARY KEY (message_id, part, n)
) STRICT;

CREATE TABLE links (
	hash       blob    PRIMARY KEY,
	org_id     text    NOT NULL,
	message_id text    NOT NULL,
	created_at integer NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX links_message ON links (message_id);

-- A row is deleted once its text was taken or given up, so the table stays as
-- small as the work that waits.
CREATE TABLE outbox (
	id           integer PRIMARY KEY AUTOINCREMENT,
	org_id       text    NOT NULL,
	message_id   text    NOT NULL,
	recipient_id text    NOT NULL,
	kind         text    NOT NULL,
	attempt      integer NOT NULL DEFAULT 0,
	due_at       integer NOT NULL, -- while claimed: when the lease ends
	created_at   integer NOT NULL
) STRICT;
CREATE INDEX outbox_due ON outbox (due_at, id);
CREATE INDEX outbox_message ON outbox (message_id);

CREATE TABLE texts (
	id           text    PRIMARY KEY,
	org_id       text    NOT NULL,
	outbox_id    integer NOT NULL,
	message_id   text    NOT NULL,
	recipient_id text    NOT NULL,
	kind         text    NOT NULL,
	state        text    NOT NULL,
	link_hash    blob,
	provider_id  text,
	created_at   integer NOT NULL,
	updated_at   integer NOT NULL
) STRICT;
CREATE INDEX texts_doubt ON texts (outbox_id) WHERE state = 'begun';
CREATE INDEX texts_lost ON texts (message_id) WHERE state IN ('undelivered', 'failed');
CREATE UNIQUE INDEX texts_provider ON texts (provider_id) WHERE provider_id IS NOT NULL;

CREATE TABLE events (
	seq          integer PRIMARY KEY AUTOINCREMENT,
	org_id       text    NOT NULL,
	message_id   text,
	recipient_id text,
	kind         text    NOT NULL,
	actor_kind   text    NOT NULL,
	actor_id     text    NOT NULL,
	addr         text    NOT NULL,
	detail       text    NOT NULL,
	at           integer NOT NULL
) STRICT;
CREATE INDEX events_message ON events (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX events_recipient ON events (recipient_id) WHERE recipient_id IS NOT NULL;

CREATE TABLE idempotency (
	org_id     text    NOT NULL,
	key        text    NOT NULL,
	request    blob    NOT NULL,
	messages   text    NOT NULL, -- ids with a space between
	created_at integer NOT NULL,
	PRIMARY KEY (org_id, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_age ON idempotency (created_at);
