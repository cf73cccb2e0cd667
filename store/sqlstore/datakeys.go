package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"strings"

	"securetext/store"
)

// ownKeys are the tables whose rows have a data key each, and what tells them apart:
// those of recipients' numbers, of what the staff sign in by, of phrases and of settings.
var ownKeys = []struct{ table, id string }{
	{"recipients", "id"}, {"staff", "id"}, {"staff_passkeys", "id"}, {"phrases", "id"}, {"providers", "org_id"},
}

// oldKeys find the keys of messages, then those of replies and of drafts, which stand in
// one table, then the others.
var oldKeys = []string{`
		SELECT k.org_id, k.message_id, m.recipient_id, '', k.version, k.wrapped
		  FROM message_keys k
		  JOIN messages m ON m.id = k.message_id AND m.org_id = k.org_id
		 WHERE k.org_id = $1
		   AND k.version < $2
		 ORDER BY k.version, k.message_id
		 LIMIT $3`, `
		SELECT k.org_id, r.message_id, r.recipient_id, r.id, k.version, k.wrapped
		  FROM message_keys k
		  JOIN replies r ON r.id = k.message_id AND r.org_id = k.org_id
		 WHERE k.org_id = $1
		   AND k.version < $2
		 ORDER BY k.version, k.message_id
		 LIMIT $3`, `
		SELECT k.org_id, d.message_id, d.recipient_id, d.id, k.version, k.wrapped
		  FROM message_keys k
		  JOIN drafts d ON d.id = k.message_id AND d.org_id = k.org_id
		 WHERE k.org_id = $1
		   AND k.version < $2
		 ORDER BY k.version, k.message_id
		 LIMIT $3`, othersOld(),
}

func othersOld() string {
	each := make([]string, len(ownKeys))
	for i, t := range ownKeys {
		each[i] = `
		SELECT org_id, '', ` + t.id + `, '', key_version, key_wrapped
		  FROM ` + t.table + `
		 WHERE org_id = $1
		   AND key_version < $2`
	}
	return strings.Join(each, `
		 UNION ALL`) + `
		 ORDER BY 5, 3
		 LIMIT $3`
}

// DataKeys implements [store.Admin].
func (db *DB) DataKeys(ctx context.Context, org store.OrgID, olderThan, limit int) ([]store.StoredKey, error) {
	var keys []store.StoredKey
	for _, query := range oldKeys {
		some, err := collect(ctx, db.read, scanDataKey, query, org, olderThan, limit-len(keys))
		keys = append(keys, some...)
		if err != nil || len(keys) == limit {
			return keys, db.fault(ctx, "find data keys", err)
		}
	}
	return keys, nil
}

func scanDataKey(r row) (store.StoredKey, error) {
	var k store.StoredKey
	err := r.Scan(&k.Org, &k.Message, &k.Recipient, &k.Reply, &k.Key.Version, &k.Key.Wrapped)
	return k, err
}

// TallyDataKeys implements [store.Numbers].
func (db *DB) TallyDataKeys(ctx context.Context, org store.OrgID, olderThan int) (all, old int, err error) {
	count := func(table, version string) error {
		var a, o int
		err := db.read.QueryRowContext(ctx, `
			SELECT count(*), COALESCE(sum(CASE WHEN `+version+` < $2 THEN 1 ELSE 0 END), 0)
			  FROM `+table+`
			 WHERE org_id = $1`, org, olderThan).Scan(&a, &o)
		all, old = all+a, old+o
		return db.fault(ctx, "count data keys", err)
	}
	if err := count("message_keys", "version"); err != nil {
		return 0, 0, err
	}
	for _, t := range ownKeys {
		if err := count(t.table, "key_version"); err != nil {
			return 0, 0, err
		}
	}
	return all, old, nil
}

// ReplaceDataKeys implements [store.Admin]. A key that was replaced by a newer
// one in the meantime stays as it is.
func (db *DB) ReplaceDataKeys(ctx context.Context, keys []store.StoredKey) error {
	return db.Change(ctx, "replace data keys", func(tx *sql.Tx) error {
		for _, k := range keys {
			if err := replaceDataKey(ctx, tx, k); err != nil {
				return err
			}
		}
		return nil
	})
}

func replaceDataKey(ctx context.Context, tx *sql.Tx, k store.StoredKey) error {
	if id := cmp.Or(string(k.Reply), string(k.Message)); id != "" {
		_, err := tx.ExecContext(ctx, `
			UPDATE message_keys
			   SET version = $1, wrapped = $2
			 WHERE message_id = $3
			   AND org_id = $4
			   AND version < $1`, k.Key.Version, k.Key.Wrapped, id, k.Org)
		return err
	}
	for _, t := range ownKeys {
		_, err := tx.ExecContext(ctx, `
			UPDATE `+t.table+`
			   SET key_version = $1, key_wrapped = $2
			 WHERE `+t.id+` = $3
			   AND org_id = $4
			   AND key_version < $1`, k.Key.Version, k.Key.Wrapped, k.Recipient, k.Org)
		if err != nil {
			return err
		}
	}
	return nil
}
