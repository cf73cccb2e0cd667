package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strings"
	"time"

	"securetext/store"
)

// Known implements [store.Finder]. Who was stored before there was a table of hashes
// is found by their id, which is the hash with the key of that time. IS TRUE keeps
// Postgres from looking through all of an org's for a few of them.
func (db *DB) Known(ctx context.Context, org store.OrgID, hashes []store.NumberHash) (map[store.NumberHash]store.Known, error) {
	known := map[store.NumberHash]store.Known{}
	for some := range slices.Chunk(hashes, 500) { // placeholders are not without end
		byHash, byID := new(conditions), new(conditions)
		in(byHash, "h.hash", some)
		byHash.add("(h.org_id = %s) IS TRUE", org)
		byID.args = byHash.args // the same ones
		byID.clauses = []string{strings.Replace(byHash.clauses[0], "h.hash", "r.id", 1), strings.Replace(byHash.clauses[1], "h.org_id", "r.org_id", 1)}
		_, err := collect(ctx, db.read, func(r row) (k store.Known, err error) {
			var hash store.NumberHash
			err = r.Scan(&hash, &k.ID, &k.Refusal, &k.Vouched)
			known[hash] = k
			return k, err
		}, `
			SELECT h.hash, r.id, COALESCE(r.refusal, ''), r.vouched_at <> 0
			  FROM number_hashes h
			  JOIN recipients r ON r.id = h.recipient_id AND r.org_id = h.org_id
			 `+byHash.where()+`
			 UNION ALL
			SELECT r.id, r.id, COALESCE(r.refusal, ''), r.vouched_at <> 0
			  FROM recipients r
			 `+byID.where(), byHash.args...)
		if err != nil {
			return nil, db.fault(ctx, "find recipients", err)
		}
	}
	return known, nil
}

// addHashes stores what a new recipient is found by. What is another's already is
// [store.ErrKnown]: they are one, and whoever made them meanwhile had other keys.
func addHashes(ctx context.Context, tx *sql.Tx, org store.OrgID, r store.Recipient) error {
	hashes := slices.SortedFunc(slices.Values(r.Hashes), func(a, b store.HashedNumber) int { return cmp.Compare(a.Hash, b.Hash) })
	for _, h := range hashes {
		var whose store.RecipientID
		err := tx.QueryRowContext(ctx, `
			INSERT INTO number_hashes (hash, key_id, org_id, recipient_id)
			VALUES ($1, $2, $3, $4)
			    ON CONFLICT (hash) DO UPDATE
			   SET hash = excluded.hash
			RETURNING recipient_id`, h.Hash, h.Key, org, r.ID).Scan(&whose)
		if err != nil {
			return err
		}
		if whose != r.ID {
			return store.ErrKnown
		}
	}
	return nil
}

// UsePhoneKey implements [store.Numbers].
func (db *DB) UsePhoneKey(ctx context.Context, key string, former []string, now time.Time) error {
	return db.Change(ctx, "use phone key", func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `
			UPDATE phone_keys
			   SET used_at = $1
			 WHERE id = $2`, Micros(now), key)
		if err := oneRow(res, err, sql.ErrNoRows); err != sql.ErrNoRows {
			return err
		}
		keys, err := phoneKeys(ctx, tx)
		if err != nil {
			return err
		}
		if len(keys) > 0 && !slices.ContainsFunc(keys, func(k store.PhoneKey) bool { return slices.Contains(former, k.ID) }) {
			return store.ErrForeignKey
		}
		_, err = tx.ExecContext(ctx, `
			INSERT INTO phone_keys (id, since, used_at)
			VALUES ($1, $2, $2)
			    ON CONFLICT (id) DO NOTHING`, key, Micros(now))
		return err
	})
}

// PhoneKeys implements [store.Numbers].
func (db *DB) PhoneKeys(ctx context.Context) ([]store.PhoneKey, error) {
	keys, err := phoneKeys(ctx, db.read)
	return keys, db.fault(ctx, "list phone keys", err)
}

func phoneKeys(ctx context.Context, q queryer) ([]store.PhoneKey, error) {
	return collect(ctx, q, func(r row) (k store.PhoneKey, err error) {
		var since, used int64
		err = r.Scan(&k.ID, &since, &used)
		k.Since, k.Used = Time(since), Time(used)
		return k, err
	}, `
		SELECT id, since, used_at
		  FROM phone_keys
		 ORDER BY since, id`)
}

// Unfound implements [store.Numbers]. It looks at recipients only where there is a key
// besides these. Who has no hash at all is older than those, and is found by the first key.
func (db *DB) Unfound(ctx context.Context, keys []string) (n int, err error) {
	const op = "count who is not found"
	all, err := phoneKeys(ctx, db.read)
	if err != nil {
		return 0, db.fault(ctx, op, err)
	}
	known := func(k store.PhoneKey) bool { return slices.Contains(keys, k.ID) }
	if !slices.ContainsFunc(all, func(k store.PhoneKey) bool { return !known(k) }) {
		return 0, nil
	}
	c := new(conditions)
	in(c, "h.key_id", keys)
	c.clauses[0] = "NOT EXISTS (SELECT 1 FROM number_hashes h WHERE h.recipient_id = r.id AND " + c.clauses[0] + ")"
	if known(all[0]) {
		c.clauses = append(c.clauses, "EXISTS (SELECT 1 FROM number_hashes h WHERE h.recipient_id = r.id)")
	}
	err = db.read.QueryRowContext(ctx, `
		SELECT count(*)
		  FROM recipients r
		 `+c.where(), c.args...).Scan(&n)
	return n, db.fault(ctx, op, err)
}

// Unhashed implements [store.Numbers].
func (db *DB) Unhashed(ctx context.Context, key string, after store.RecipientID, limit int) ([]store.Unhashed, error) {
	list, err := collect(ctx, db.read, func(r row) (u store.Unhashed, err error) {
		err = r.Scan(&u.Org, &u.ID, &u.Key.Version, &u.Key.Wrapped, &u.Number, (*[]byte)(&u.Person))
		return u, err
	}, `
		SELECT r.org_id, r.id, r.key_version, r.key_wrapped, r.number, r.person
		  FROM recipients r
		 WHERE r.id > $1
		   AND NOT EXISTS (SELECT 1
		                     FROM number_hashes h
		                    WHERE h.key_id = $2
		                      AND h.recipient_id = r.id)
		 ORDER BY r.id
		 LIMIT $3`, after, key, limit)
	return list, db.fault(ctx, "find numbers to hash", err)
}

// AddHashes implements [store.Numbers].
func (db *DB) AddHashes(ctx context.Context, hashes []store.HashOf) (added int, err error) {
	err = db.Change(ctx, "add hashes", func(tx *sql.Tx) error {
		added = 0
		for _, i := range inOrder(hashes, func(h store.HashOf) store.NumberHash { return h.Hash }) {
			h := hashes[i]
			res, err := tx.ExecContext(ctx, `
				INSERT INTO number_hashes (hash, key_id, org_id, recipient_id)
				SELECT $1, $2, r.org_id, r.id
				  FROM recipients r
				 WHERE r.id = $3
				   AND r.org_id = $4
				    ON CONFLICT (hash) DO NOTHING`, h.Hash, h.Key, h.Recipient, h.Org)
			if err != nil {
				return err
			}
			n, err := res.RowsAffected()
			if err != nil {
				return err
			}
			added += int(n)
		}
		return nil
	})
	return added, err
}

// DropPhoneKey implements [store.Numbers].
func (db *DB) DropPhoneKey(ctx context.Context, key string, until time.Time, limit int) (dropped int, err error) {
	err = db.Change(ctx, "drop phone key", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `
			DELETE FROM phone_keys
			 WHERE id = $1
			   AND used_at <= $2`, key, Micros(until))
		if err != nil {
			return err
		}
		keys, err := phoneKeys(ctx, tx)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(keys, func(k store.PhoneKey) bool { return k.ID == key }) {
			return store.ErrConflict
		}
		res, err := tx.ExecContext(ctx, `
			DELETE FROM number_hashes
			 WHERE hash IN (SELECT hash
			                  FROM number_hashes
			                 WHERE key_id = $1
			                 LIMIT $2)`, key, limit)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		dropped = int(n)
		return err
	})
	return dropped, err
}

// TallyNumbers implements [store.Numbers].
func (db *DB) TallyNumbers(ctx context.Context, key string, until, now time.Time) (store.NumberTally, error) {
	var t store.NumberTally
	err := db.read.QueryRowContext(ctx, `
		SELECT (SELECT count(*) FROM recipients),
		       (SELECT count(*)
		          FROM recipients r
		         WHERE NOT EXISTS (SELECT 1 FROM number_hashes h WHERE h.key_id = $1 AND h.recipient_id = r.id)),
		       (SELECT count(*) FROM number_hashes WHERE key_id <> $1),
		       (SELECT count(*)
		          FROM messages m
		          JOIN recipients r ON r.id = m.recipient_id AND r.org_id = m.org_id
		         WHERE m.passcode IS NOT NULL
		           AND m.wiped_at IS NULL
		           AND m.expires_at > $3
		           AND m.created_at <= $2
		           AND r.vouched_at = 0),
		       (SELECT count(*) FROM staff_recovery WHERE created_at <= $2)`, key, Micros(until), Micros(now)).
		Scan(&t.Recipients, &t.Unhashed, &t.Other, &t.Passcodes, &t.Recovery)
	return t, db.fault(ctx, "count hashes", err)
}

// Delivered implements [store.Verdicts].
func (db *DB) Delivered(ctx context.Context, org store.OrgID, hashes []store.RepeatHash, now time.Time) ([]store.RepeatHash, error) {
	var all []store.RepeatHash
	for some := range slices.Chunk(bytesOf(hashes), 500) {
		c := new(conditions)
		in(c, "hash", some)
		c.add("org_id = %s", org)
		c.add("created_at > %s", Micros(now.Add(-store.RepeatLife)))
		found, err := collect(ctx, db.read, func(r row) (store.RepeatHash, error) {
			var hash []byte
			err := r.Scan(&hash)
			if len(hash) != 32 {
				return store.RepeatHash{}, cmp.Or(err, store.ErrNotFound)
			}
			return store.RepeatHash(hash), err
		}, `
			SELECT hash
			  FROM repeats
			 `+c.where(), c.args...)
		if err != nil {
			return nil, db.fault(ctx, "find deliveries", err)
		}
		all = append(all, found...)
	}
	return all, nil
}
