package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"securetext/store"
)

const selectProviders = `
	SELECT p.org_id, p.key_version, p.key_wrapped, p.record, p.passwords, p.set_at
	  FROM providers p`

func scanProvider(r row) (store.Provider, error) {
	var p store.Provider
	var passwords int
	var set int64
	err := r.Scan(&p.Org, &p.Key.Version, &p.Key.Wrapped, &p.Record, &passwords, &set)
	p.Passwords, p.Set = passwords != 0, Time(set)
	return p, err
}

// Provider implements [store.Providers].
func (db *DB) Provider(ctx context.Context, org store.OrgID) (store.Provider, error) {
	p, err := db.provider(ctx, selectProviders+`
		 WHERE p.org_id = $1`, org)
	return p, db.fault(ctx, "find provider", err)
}

// ProviderFor implements [store.Providers].
func (db *DB) ProviderFor(ctx context.Context, domain string) (store.Provider, error) {
	p, err := db.provider(ctx, selectProviders+`
		  JOIN provider_domains d ON d.org_id = p.org_id
		 WHERE d.domain = $1`, domain)
	return p, db.fault(ctx, "find provider for domain", err)
}

func (db *DB) provider(ctx context.Context, query string, arg any) (store.Provider, error) {
	p, err := scanProvider(db.read.QueryRowContext(ctx, query, arg))
	if err != nil {
		return store.Provider{}, err
	}
	p.Domains, err = collect(ctx, db.read, scanDomain, `
		SELECT domain
		  FROM provider_domains
		 WHERE org_id = $1
		 ORDER BY domain`, p.Org)
	return p, err
}

func scanDomain(r row) (s string, err error) {
	err = r.Scan(&s)
	return s, err
}

// SetProvider implements [store.Providers].
func (db *DB) SetProvider(ctx context.Context, p store.Provider, anew bool, by store.Actor, at time.Time) error {
	return db.Change(ctx, "set provider", func(tx *sql.Tx) error {
		if err := putProvider(ctx, tx, p, at); err != nil {
			return err
		}
		if anew {
			if err := forgetVouched(ctx, tx, p.Org); err != nil {
				return err
			}
		}
		if err := endAll(ctx, tx, p.Org); err != nil {
			return err
		}
		if !p.Passwords {
			if err := keepsAnAdmin(ctx, tx, p.Org); err != nil {
				return err
			}
		}
		detail := fmt.Sprintf("domains=%s passwords=%t anew=%t", strings.Join(p.Domains, ","), p.Passwords, anew)
		return AddEvent(ctx, tx, store.Event{Org: p.Org, Kind: store.ProviderSet, By: by, Detail: detail, At: at})
	})
}

func putProvider(ctx context.Context, tx *sql.Tx, p store.Provider, at time.Time) error {
	res, err := tx.ExecContext(ctx, `
		INSERT INTO providers (org_id, key_version, key_wrapped, record, passwords, set_at)
		SELECT id, $1, $2, $3, $4, $5
		  FROM orgs
		 WHERE id = $6
		    ON CONFLICT (org_id) DO UPDATE
		   SET key_version = excluded.key_version, key_wrapped = excluded.key_wrapped, record = excluded.record,
		       passwords = excluded.passwords, set_at = excluded.set_at`,
		p.Key.Version, p.Key.Wrapped, p.Record, bit(p.Passwords), Micros(at), p.Org)
	if err := oneRow(res, err, store.ErrNotFound); err != nil {
		return err
	}
	if err := dropDomains(ctx, tx, p.Org); err != nil {
		return err
	}
	for _, domain := range p.Domains {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO provider_domains (domain, org_id)
			VALUES ($1, $2)`, domain, p.Org)
		if err != nil {
			return err
		}
	}
	return nil
}

func dropDomains(ctx context.Context, tx *sql.Tx, org store.OrgID) error {
	_, err := tx.ExecContext(ctx, `
		DELETE FROM provider_domains
		 WHERE org_id = $1`, org)
	return err
}

// forgetVouched forgets whom an org's provider vouched for, and ends their sessions.
func forgetVouched(ctx context.Context, tx *sql.Tx, org store.OrgID) error {
	_, err := tx.ExecContext(ctx, `
		UPDATE staff
		   SET identity = NULL, epoch = epoch + 1
		 WHERE org_id = $1
		   AND identity IS NOT NULL`, org)
	return err
}

func endAll(ctx context.Context, tx *sql.Tx, org store.OrgID) error {
	_, err := tx.ExecContext(ctx, `
		UPDATE staff
		   SET epoch = epoch + 1
		 WHERE org_id = $1`, org)
	return err
}

// keepsAnAdmin is [store.ErrConflict] when nobody could come in without the org's
// provider: see [store.Account.Spare].
func keepsAnAdmin(ctx context.Context, tx *sql.Tx, org store.OrgID) error {
	list, err := collect(ctx, tx, scanAccount, `
		SELECT `+staffColumns+`
		  FROM staff s
		 WHERE s.org_id = $1
		   AND s.suspended_at IS NULL`, org)
	if err != nil {
		return err
	}
	for _, a := range list {
		if a.Spare() {
			return nil
		}
	}
	return store.ErrConflict
}

// takesPasswords reports whether what people have here signs them in.
func takesPasswords(ctx context.Context, q queryer, org store.OrgID) (bool, error) {
	var passwords int
	err := q.QueryRowContext(ctx, `
		SELECT passwords
		  FROM providers
		 WHERE org_id = $1`, org).Scan(&passwords)
	if errors.Is(err, sql.ErrNoRows) {
		return true, nil
	}
	return passwords != 0, err
}

// RemoveProvider implements [store.Providers].
func (db *DB) RemoveProvider(ctx context.Context, org store.OrgID, by store.Actor, at time.Time) error {
	return db.Change(ctx, "remove provider", func(tx *sql.Tx) error {
		if err := dropDomains(ctx, tx, org); err != nil {
			return err
		}
		res, err := tx.ExecContext(ctx, `
			DELETE FROM providers
			 WHERE org_id = $1`, org)
		if err := oneRow(res, err, store.ErrNotFound); err != nil {
			return err
		}
		if err := forgetVouched(ctx, tx, org); err != nil {
			return err
		}
		return AddEvent(ctx, tx, store.Event{Org: org, Kind: store.ProviderRemoved, By: by, Detail: string(org), At: at})
	})
}
