-- +goose Up

-- Times are microseconds since 1970 in UTC. Ids are text that sorts by time.
-- What a message brings with it has no foreign keys: it is written and wiped in
-- one transaction each, and every key checked costs intake a look-up.

CREATE TABLE orgs (
	id         text COLLATE "C" PRIMARY KEY,
	name       text   NOT NULL,
	sms_name   text   NOT NULL,
	phone      text   NOT NULL,
	region     text   NOT NULL,
	lang       text   NOT NULL,
	life       bigint NOT NULL, -- microseconds
	created_at bigint NOT NULL
);

CREATE TABLE org_keys (
	org_id  text COLLATE "C" NOT NULL REFERENCES orgs,
	version integer NOT NULL,
	root    text    NOT NULL, -- the id of the root key that wraps it
	wrapped bytea   NOT NULL,
	PRIMARY KEY (org_id, version)
);

CREATE TABLE senders (
	id         text COLLATE "C" PRIMARY KEY,
	org_id     text COLLATE "C" NOT NULL REFERENCES orgs,
	email      text   NOT NULL UNIQUE,
	name       text   NOT NULL,
	send_as    text   NOT NULL, -- addresses with a space between
	created_at bigint NOT NULL
);

CREATE TABLE credentials (
	id         text COLLATE "C" PRIMARY KEY,
	org_id     text COLLATE "C" NOT NULL REFERENCES orgs,
	sender_id  text COLLATE "C" NOT NULL REFERENCES senders,
	kind       text   NOT NULL, -- app_password or api_key
	label      text   NOT NULL,
	hash       bytea  NOT NULL UNIQUE,
	scopes     text   NOT NULL, -- with a space between
	created_at bigint NOT NULL,
	expires_at bigint,
	revoked_at bigint
);

CREATE TABLE recipients (
	id          text COLLATE "C" PRIMARY KEY, -- a keyed hash of org and number
	org_id      text COLLATE "C" NOT NULL,
	key_version integer NOT NULL,
	key_wrapped bytea   NOT NULL,
	number      bytea   NOT NULL,
	password    text,
	epoch       bigint  NOT NULL DEFAULT 0,
	failures    integer NOT NULL DEFAULT 0, -- wrong passwords in a row
	retry_at    bigint  NOT NULL DEFAULT 0,
	created_at  bigint  NOT NULL
);
CREATE INDEX recipients_key ON recipients (org_id, key_version);

CREATE TABLE messages (
	id           text COLLATE "C" PRIMARY KEY,
	org_id       text COLLATE "C" NOT NULL,
	sender_id    text COLLATE "C" NOT NULL,
	recipient_id text COLLATE "C" NOT NULL,
	lang         text   NOT NULL,
	reference    text   NOT NULL,
	content      bytea, -- none once wiped
	created_at   bigint NOT NULL,
	expires_at   bigint NOT NULL,
	wiped_at     bigint,
	expired_at   bigint
);
-- Ciphertext does not compress, and a small one is best kept in its row.
ALTER TABLE messages ALTER content SET STORAGE EXTERNAL;
ALTER TABLE messages SET (toast_tuple_target = 8160);
CREATE INDEX messages_org ON messages (org_id, id);
CREATE INDEX messages_recipient ON messages (recipient_id);
CREATE INDEX messages_life ON messages (expires_at) WHERE wiped_at IS NULL;

-- Apart from the messages, so that it can be backed up for days only: what was
-- wiped then stays wiped in every backup of the rest.
CREATE TABLE message_keys (
	message_id text COLLATE "C" PRIMARY KEY,
	org_id     text COLLATE "C" NOT NULL,
	version    integer NOT NULL,
	wrapped    bytea   NOT NULL
);
CREATE INDEX message_keys_version ON message_keys (org_id, version);

CREATE TABLE attachments (
	message_id text COLLATE "C" NOT NULL,
	part       integer NOT NULL,
	size       bigint  NOT NULL,
	PRIMARY KEY (message_id, part)
);

CREATE TABLE chunks (
	message_id text COLLATE "C" NOT NULL,
	part       integer NOT NULL,
	n          integer NOT NULL,
	sealed     bytea   NOT NULL,
	PRIMARY KEY (message_id, part, n)
);
ALTER TABLE chunks ALTER sealed SET STORAGE EXTERNAL;

CREATE TABLE links (
	hash       bytea PRIMARY KEY,
	org_id     text COLLATE "C" NOT NULL,
	message_id text COLLATE "C" NOT NULL,
	created_at bigint NOT NULL
);
CREATE INDEX links_message ON links (message_id);

-- A row is deleted once its text was taken or given up, so the table stays as
-- small as the work that waits.
CREATE TABLE outbox (
	id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	org_id       text COLLATE "C" NOT NULL,
	message_id   text COLLATE "C" NOT NULL,
	recipient_id text COLLATE "C" NOT NULL,
	kind         text    NOT NULL,
	attempt      integer NOT NULL DEFAULT 0,
	due_at       bigint  NOT NULL, -- while claimed: when the lease ends
	created_at   bigint  NOT NULL
);
CREATE INDEX outbox_due ON outbox (due_at, id);
CREATE INDEX outbox_message ON outbox (message_id);

CREATE TABLE texts (
	id           text COLLATE "C" PRIMARY KEY,
	org_id       text COLLATE "C" NOT NULL,
	outbox_id    bigint NOT NULL,
	message_id   text COLLATE "C" NOT NULL,
	recipient_id text COLLATE "C" NOT NULL,
	kind         text   NOT NULL,
	state        text   NOT NULL,
	link_hash    bytea,
	provider_id  text,
	created_at   bigint NOT NULL,
	updated_at   bigint NOT NULL
);
CREATE INDEX texts_doubt ON texts (outbox_id) WHERE state = 'begun';
CREATE INDEX texts_lost ON texts (message_id) WHERE state IN ('undelivered', 'failed');
CREATE UNIQUE INDEX texts_provider ON texts (provider_id) WHERE provider_id IS NOT NULL;

CREATE TABLE events (
	seq          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	org_id       text COLLATE "C" NOT NULL,
	message_id   text COLLATE "C",
	recipient_id text COLLATE "C",
	kind         text   NOT NULL,
	actor_kind   text   NOT NULL,
	actor_id     text   NOT NULL,
	addr         text   NOT NULL,
	detail       text   NOT NULL,
	at           bigint NOT NULL
);
CREATE INDEX events_message ON events (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX events_recipient ON events (recipient_id) WHERE recipient_id IS NOT NULL;

CREATE TABLE idempotency (
	org_id     text COLLATE "C" NOT NULL,
	key        text   NOT NULL,
	request    bytea  NOT NULL,
	messages   text   NOT NULL, -- ids with a space between
	created_at bigint NOT NULL,
	PRIMARY KEY (org_id, key)
);
CREATE INDEX idempotency_age ON idempotency (created_at);
