package sqlstore

import (
	"cmp"
	"context"
	"database/sql"

	"securetext/store"
)

// oldKeys find the keys of messages, then those of replies and of drafts, then those of
// recipients' numbers, of what the staff sign in by, of phrases and of settings. All but
// the last stand in one table.
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
		 LIMIT $3`, `
		SELECT org_id, '', id, '', key_version, key_wrapped
		  FROM recipients
		 WHERE org_id = $1
		   AND key_version < $2
		 UNION ALL
		SELECT org_id, '', id, '', key_version, key_wrapped
		  FROM staff
		 WHERE org_id = $1
		   AND key_version < $2
		 UNION ALL
		SELECT org_id, '', id, '', key_version, key_wrapped
		  FROM phrases
		 WHERE org_id = $1
		   AND key_version < $2
		 UNION ALL
		SELECT org_id, '', id, '', key_version, key_wrapped
		  FROM staff_passkeys
		 WHERE org_id = $1
		   AND key_version < $2
		 UNION ALL
		SELECT org_id, '', org_id, '', key_version, key_wrapped
		  FROM providers
		 WHERE org_id = $1
		   AND key_version < $2
		 ORDER BY 5, 3
		 LIMIT $3`,
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
	for _, t := range []struct{ table, version string }{
		{"message_keys", "version"}, {"recipients", "key_version"}, {"staff", "key_version"}, {"staff_passkeys", "key_version"}, {"providers", "key_version"},
	} {
		var a, o int
		err := db.read.QueryRowContext(ctx, `
			SELECT count(*), COALESCE(sum(CASE WHEN `+t.version+` < $2 THEN 1 ELSE 0 END), 0)
			  FROM `+t.table+`
			 WHERE org_id = $1`, org, olderThan).Scan(&a, &o)
		if err != nil {
			return 0, 0, db.fault(ctx, "count data keys", err)
		}
		all, old = all+a, old+o
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
	for _, t := range []struct{ table, id string }{{"recipients", "id"}, {"staff", "id"}, {"staff_passkeys", "id"}, {"providers", "org_id"}, {"phrases", "id"}} {
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
