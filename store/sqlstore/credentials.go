package sqlstore

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"securetext/store"
)

// The kinds of credentials.
const (
	appPassword = "app_password"
	apiKey      = "api_key"
)

// AppPassword implements [store.Directory].
func (db *DB) AppPassword(ctx context.Context, email string, hash store.SecretHash) (store.Sender, error) {
	s, err := scanSender(db.read.QueryRowContext(ctx, `
		SELECT `+senderColumns+`
		  FROM credentials c
		  JOIN senders s ON s.id = c.sender_id AND s.org_id = c.org_id
		 WHERE c.hash = $1
		   AND c.kind = '`+appPassword+`'
		   AND c.revoked_at IS NULL
		   AND s.email = $2`, hash[:], email))
	return s, db.fault(ctx, "find app password", err)
}

// APIKey implements [store.Directory].
func (db *DB) APIKey(ctx context.Context, id store.KeyID, now time.Time) (store.APIKey, store.Sender, error) {
	k := store.APIKey{ID: id}
	var hash []byte
	var scopes string
	var expires sql.NullInt64
	var test int
	r := db.read.QueryRowContext(ctx, `
		SELECT c.org_id, c.sender_id, c.label, c.hash, c.scopes, c.expires_at, c.test, `+senderColumns+`
		  FROM credentials c
		  JOIN senders s ON s.id = c.sender_id AND s.org_id = c.org_id
		 WHERE c.id = $1
		   AND c.kind = '`+apiKey+`'
		   AND c.revoked_at IS NULL
		   AND (c.expires_at IS NULL OR c.expires_at > $2)`, id, Micros(now))
	s, err := scanSender(after(r, &k.Org, &k.Sender, &k.Label, &hash, &scopes, &expires, &test))
	if err != nil {
		return store.APIKey{}, store.Sender{}, db.fault(ctx, "find api key", err)
	}
	copy(k.Hash[:], hash)
	k.Scopes = strings.Fields(scopes)
	k.Expires = Time(expires.Int64)
	k.Test = test != 0
	return k, s, nil
}

// credential is an app password or an API key as stored.
type credential struct {
	id      store.KeyID
	org     store.OrgID
	sender  store.SenderID
	kind    string
	label   string
	hash    store.SecretHash
	scopes  []string
	test    bool
	expires time.Time
}

// AddAppPassword implements [store.Admin]. A sender that is not the org's is
// [store.ErrNotFound].
func (db *DB) AddAppPassword(ctx context.Context, p store.AppPassword, by store.Actor, at time.Time) error {
	c := credential{id: p.ID, org: p.Org, sender: p.Sender, kind: appPassword, label: p.Label, hash: p.Hash}
	return db.addCredential(ctx, "add app password", c, store.AppPasswordAdded, by, at)
}

// AddAPIKey implements [store.Admin]. A sender that is not the org's is
// [store.ErrNotFound].
func (db *DB) AddAPIKey(ctx context.Context, k store.APIKey, by store.Actor, at time.Time) error {
	c := credential{
		id: k.ID, org: k.Org, sender: k.Sender, kind: apiKey, label: k.Label,
		hash: k.Hash, scopes: k.Scopes, test: k.Test, expires: k.Expires,
	}
	return db.addCredential(ctx, "add api key", c, store.APIKeyAdded, by, at)
}

func (db *DB) addCredential(ctx context.Context, op string, c credential, kind store.Kind, by store.Actor, at time.Time) error {
	return db.Change(ctx, op, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `
			INSERT INTO credentials (id, org_id, sender_id, kind, label, hash, scopes, test, created_at, expires_at)
			SELECT $1, org_id, id, $2, $3, $4, $5, $6, $7, $8
			  FROM senders
			 WHERE id = $9
			   AND org_id = $10`,
			c.id, c.kind, c.label, c.hash[:], strings.Join(c.scopes, " "), bit(c.test), Micros(at), timeOrNull(c.expires), c.sender, c.org)
		if err := oneRow(res, err, store.ErrNotFound); err != nil {
			return err
		}
		return AddEvent(ctx, tx, store.Event{Org: c.org, Kind: kind, By: by, Detail: string(c.id), At: at})
	})
}

// RevokeCredential implements [store.Admin]. One that was revoked before is
// [store.ErrNotFound].
func (db *DB) RevokeCredential(ctx context.Context, org store.OrgID, id store.KeyID, by store.Actor, at time.Time) error {
	return db.Change(ctx, "revoke credential", func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `
			UPDATE credentials
			   SET revoked_at = $1
			 WHERE id = $2
			   AND org_id = $3
			   AND revoked_at IS NULL`, Micros(at), id, org)
		if err := oneRow(res, err, store.ErrNotFound); err != nil {
			return err
		}
		return AddEvent(ctx, tx, store.Event{Org: org, Kind: store.CredentialRevoked, By: by, Detail: string(id), At: at})
	})
}

// Credentials implements [store.Admin].
func (db *DB) Credentials(ctx context.Context, org store.OrgID) ([]store.Credential, error) {
	list, err := collect(ctx, db.read, scanCredential, `
		SELECT id, sender_id, kind, label, scopes, test, created_at, COALESCE(expires_at, 0), COALESCE(revoked_at, 0)
		  FROM credentials
		 WHERE org_id = $1
		 ORDER BY created_at, id`, org)
	return list, db.fault(ctx, "list credentials", err)
}

func scanCredential(r row) (store.Credential, error) {
	var c store.Credential
	var kind, scopes string
	var test int
	var created, expires, revoked int64
	err := r.Scan(&c.ID, &c.Sender, &kind, &c.Label, &scopes, &test, &created, &expires, &revoked)
	c.APIKey, c.Scopes, c.Test = kind == apiKey, strings.Fields(scopes), test != 0
	c.Created, c.Expires, c.Revoked = Time(created), Time(expires), Time(revoked)
	return c, err
}
