package sqlstore

import (
	"context"
	"database/sql"
	"time"

	"securetext/store"
)

// AddPhrase implements [store.Phrases]. The org is held, so that of many at once
// none goes over the most; one that is not there is [store.ErrNotFound].
func (db *DB) AddPhrase(ctx context.Context, p store.Phrase, by store.Actor, at time.Time) error {
	return db.Change(ctx, "add phrase", func(tx *sql.Tx) error {
		var n int
		err := tx.QueryRowContext(ctx, `
			UPDATE orgs
			   SET name = name
			 WHERE id = $1
			RETURNING (SELECT COUNT(*) FROM phrases p WHERE p.org_id = orgs.id)`, p.Org).Scan(&n)
		if err != nil {
			return err
		}
		if n >= store.MostPhrases {
			return store.ErrCrowded
		}
		_, err = tx.ExecContext(ctx, `
			INSERT INTO phrases (id, org_id, key_version, key_wrapped, sealed, changed_at)
			VALUES ($1, $2, $3, $4, $5, $6)`, p.ID, p.Org, p.Key.Version, p.Key.Wrapped, p.Sealed, Micros(at))
		if err != nil {
			return err
		}
		return addPhraseEvent(ctx, tx, store.PhraseAdded, p.Org, p.ID, by, at)
	})
}

// ChangePhrase implements [store.Phrases].
func (db *DB) ChangePhrase(ctx context.Context, p store.Phrase, by store.Actor, at time.Time) error {
	return db.Change(ctx, "change phrase", func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `
			UPDATE phrases
			   SET key_version = $1, key_wrapped = $2, sealed = $3, changed_at = $4
			 WHERE id = $5
			   AND org_id = $6`, p.Key.Version, p.Key.Wrapped, p.Sealed, Micros(at), p.ID, p.Org)
		if err := oneRow(res, err, store.ErrNotFound); err != nil {
			return err
		}
		return addPhraseEvent(ctx, tx, store.PhraseChanged, p.Org, p.ID, by, at)
	})
}

// RemovePhrase implements [store.Phrases].
func (db *DB) RemovePhrase(ctx context.Context, org store.OrgID, id store.PhraseID, by store.Actor, at time.Time) error {
	return db.Change(ctx, "remove phrase", func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `
			DELETE FROM phrases
			 WHERE id = $1
			   AND org_id = $2`, id, org)
		if err := oneRow(res, err, store.ErrNotFound); err != nil {
			return err
		}
		return addPhraseEvent(ctx, tx, store.PhraseRemoved, org, id, by, at)
	})
}

func addPhraseEvent(ctx context.Context, tx *sql.Tx, kind store.Kind, org store.OrgID, id store.PhraseID, by store.Actor, at time.Time) error {
	return AddEvent(ctx, tx, store.Event{Org: org, Kind: kind, By: by, Detail: string(id), At: at})
}

// Phrases implements [store.Phrases].
func (db *DB) Phrases(ctx context.Context, org store.OrgID) ([]store.Phrase, error) {
	list, err := collect(ctx, db.read, scanPhrase, `
		SELECT id, org_id, key_version, key_wrapped, sealed, changed_at
		  FROM phrases
		 WHERE org_id = $1
		 ORDER BY id`, org)
	return list, db.fault(ctx, "list phrases", err)
}

func scanPhrase(r row) (store.Phrase, error) {
	var p store.Phrase
	var changed int64
	err := r.Scan(&p.ID, &p.Org, &p.Key.Version, &p.Key.Wrapped, &p.Sealed, &changed)
	p.Changed = Time(changed)
	return p, err
}
