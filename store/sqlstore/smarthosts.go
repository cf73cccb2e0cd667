package sqlstore

import (
	"context"
	"database/sql"
	"net/netip"
	"strings"
	"time"

	"securetext/store"
)

// Smarthosts implements [store.Verdicts], oldest first.
func (db *DB) Smarthosts(ctx context.Context) ([]store.Smarthost, error) {
	all, err := collect(ctx, db.read, scanSmarthost, `
		SELECT id, org_id, label, networks, certs, domains
		  FROM smarthosts
		 ORDER BY created_at, id`)
	return all, db.fault(ctx, "list smarthosts", err)
}

func scanSmarthost(r row) (store.Smarthost, error) {
	var s store.Smarthost
	var networks, certs, domains string
	if err := r.Scan(&s.ID, &s.Org, &s.Label, &networks, &certs, &domains); err != nil {
		return s, err
	}
	s.Certs, s.Domains = words(certs), words(domains)
	for _, text := range words(networks) {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return s, err
		}
		s.Networks = append(s.Networks, p)
	}
	return s, nil
}

// AddSmarthost implements [store.Rules]. An org that is not there is
// [store.ErrNotFound].
func (db *DB) AddSmarthost(ctx context.Context, s store.Smarthost, by store.Actor, at time.Time) error {
	networks := make([]string, len(s.Networks))
	for i, p := range s.Networks {
		networks[i] = p.String()
	}
	return db.Change(ctx, "add smarthost", func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `
			INSERT INTO smarthosts (id, org_id, label, networks, certs, domains, created_at)
			SELECT $1, id, $2, $3, $4, $5, $6
			  FROM orgs
			 WHERE id = $7`,
			s.ID, s.Label, strings.Join(networks, " "), strings.Join(s.Certs, " "), strings.Join(s.Domains, " "),
			Micros(at), s.Org)
		if err := oneRow(res, err, store.ErrNotFound); err != nil {
			return err
		}
		return AddEvent(ctx, tx, store.Event{Org: s.Org, Kind: store.SmarthostAdded, By: by, Detail: string(s.ID), At: at})
	})
}

// RemoveSmarthost implements [store.Rules]. One that is not there is
// [store.ErrNotFound].
func (db *DB) RemoveSmarthost(ctx context.Context, org store.OrgID, id store.KeyID, by store.Actor, at time.Time) error {
	return db.Change(ctx, "remove smarthost", func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `
			DELETE FROM smarthosts
			 WHERE id = $1
			   AND org_id = $2`, id, org)
		if err := oneRow(res, err, store.ErrNotFound); err != nil {
			return err
		}
		return AddEvent(ctx, tx, store.Event{Org: org, Kind: store.SmarthostRemoved, By: by, Detail: string(id), At: at})
	})
}
