package sqlstore

import (
	"context"
	"database/sql"
	"math"
	"strconv"

	"securetext/store"
)

// leafQuery finds the leaves from one index to below another, each with its event,
// as far as that is there.
const leafQuery = `
	SELECT l.leaf, l.seq, e.seq, e.at, e.org_id, COALESCE(e.message_id, ''), COALESCE(e.recipient_id, ''), e.kind,
	       e.actor_kind, e.actor_id, e.addr, e.detail
	  FROM log_leaves l
	  LEFT JOIN events e ON e.seq = l.seq
	 WHERE l.leaf >= $1
	   AND l.leaf < $2
	 ORDER BY l.leaf`

func scanLeaf(r row) (store.Leaf, error) {
	var l store.Leaf
	var seq, at sql.NullInt64
	var text [8]sql.NullString
	err := r.Scan(&l.Index, &l.Seq, &seq, &at, &text[0], &text[1], &text[2], &text[3], &text[4], &text[5], &text[6], &text[7])
	if err == nil && seq.Valid {
		l.Record = &store.Record{
			Seq: seq.Int64, At: at.Int64, Org: store.OrgID(text[0].String), Message: store.MessageID(text[1].String),
			Recipient: store.RecipientID(text[2].String), Kind: store.Kind(text[3].String),
			ActorKind: store.ActorKind(text[4].String), ActorID: text[5].String, Addr: text[6].String, Detail: text[7].String,
		}
	}
	return l, err
}

// Leaves implements [store.ProvedLog]. Places have no gaps, so a page has its end; only
// where a whole one is missing the next leaf is looked for.
func (db *DB) Leaves(ctx context.Context, from int64, limit int) ([]store.Leaf, error) {
	leaves, err := collect(ctx, db.read, scanLeaf, leafQuery, from, from+int64(limit))
	if err == nil && len(leaves) == 0 {
		leaves, err = collect(ctx, db.read, scanLeaf, leafQuery+`
			 LIMIT `+strconv.Itoa(limit), from, int64(math.MaxInt64))
	}
	return leaves, db.fault(ctx, "read leaves", err)
}

// LeafOf implements [store.ProvedLog].
func (db *DB) LeafOf(ctx context.Context, seq int64) (int64, error) {
	var leaf int64
	err := db.read.QueryRowContext(ctx, `
		SELECT leaf
		  FROM log_leaves
		 WHERE seq = $1`, seq).Scan(&leaf)
	return leaf, db.fault(ctx, "find leaf", err)
}

// Stray implements [store.ProvedLog].
func (db *DB) Stray(ctx context.Context, above int64, limit int) (stray, last int64, err error) {
	seen, err := collect(ctx, db.read, scanStray, `
		SELECT e.seq, CASE WHEN l.seq IS NULL THEN 1 ELSE 0 END
		  FROM (SELECT seq
		          FROM events
		         WHERE seq > $1
		           AND seq <= (SELECT high FROM log_state)
		         ORDER BY seq
		         LIMIT `+strconv.Itoa(limit)+`) AS e
		  LEFT JOIN log_leaves l ON l.seq = e.seq
		 ORDER BY e.seq`, above)
	for _, s := range seen {
		last = s.seq
		if s.leafless == 0 || err != nil {
			continue
		}
		gaps := 0
		err = db.read.QueryRowContext(ctx, `
			SELECT COUNT(*)
			  FROM log_gaps
			 WHERE $1 BETWEEN first AND last`, s.seq).Scan(&gaps)
		if err == nil && gaps == 0 {
			return s.seq, s.seq, nil
		}
	}
	return 0, last, db.fault(ctx, "look for strays", err)
}

type seenEvent struct{ seq, leafless int64 }

func scanStray(r row) (s seenEvent, err error) {
	err = r.Scan(&s.seq, &s.leafless)
	return s, err
}

// LogState implements [store.ProvedLog].
func (db *DB) LogState(ctx context.Context) (store.LogState, error) {
	var s store.LogState
	var high, newest, oldest, restored int64
	err := db.read.QueryRowContext(ctx, `
		SELECT COALESCE(MAX(size), 0), COALESCE(MAX(high), 0), COALESCE((SELECT MAX(seq) FROM events), 0),
		       COALESCE((SELECT at FROM events WHERE seq > COALESCE((SELECT high FROM log_state), 0) ORDER BY seq LIMIT 1), 0),
		       COALESCE(MAX(restored_at), 0)
		  FROM log_state`).Scan(&s.Size, &high, &newest, &oldest, &restored)
	s.Waiting, s.Oldest, s.Restored = max(0, newest-high), Time(oldest), Time(restored)
	return s, db.fault(ctx, "read the state of the log", err)
}
