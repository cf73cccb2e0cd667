package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"math"
	"strconv"
	"time"

	"securetext/store"
)

// mostSpans is how many spans one announcement names: where orgs keep their events for
// different times, those that go stand apart.
const mostSpans = 50

// removable is what an event e of an org o must be to be removed, by the time and the
// least span that are these arguments.
func removable(now, least string) string {
	return `e.kind <> '` + string(store.Removed) + `'
	   AND e.at <= ` + keptSince(now, least) + `
	   AND NOT EXISTS (SELECT 1 FROM messages em WHERE em.id = e.message_id)
	   AND NOT EXISTS (SELECT 1
	                     FROM holds h
	                    WHERE h.lifted_at IS NULL
	                      AND h.org_id = e.org_id
	                      AND (h.recipient_id = e.recipient_id
	                           OR h.recipient_id = (SELECT er.family_id FROM recipients er WHERE er.id = e.recipient_id)))`
}

// AnnounceRemoval implements [store.Retention]. Who announces holds the row of the
// log's state, and begins behind what others have announced.
func (db *DB) AnnounceRemoval(ctx context.Context, from int64, limit int, now time.Time) (n int, next int64, err error) {
	err = db.Change(ctx, "announce a removal", func(tx *sql.Tx) error {
		n, next = 0, 0
		var removed int64
		err := tx.QueryRowContext(ctx, `
			UPDATE log_state
			   SET size = size
			 WHERE id = 1
			RETURNING removed`).Scan(&removed)
		if err != nil {
			return err
		}
		begin, end, err := removalBounds(ctx, tx, max(from, removed), now)
		if err != nil || begin >= end {
			return err
		}
		places, err := collect(ctx, tx, scanPast, `
			SELECT l.leaf, CASE WHEN e.seq IS NULL OR e.kind = '`+string(store.Removed)+`' THEN -1 WHEN `+removable("$1", "$2")+` THEN 1 ELSE 0 END
			  FROM log_leaves l
			  LEFT JOIN events e ON e.seq = l.seq
			  LEFT JOIN orgs o ON o.id = e.org_id
			 WHERE l.leaf >= $3
			   AND l.leaf < $4
			 ORDER BY l.leaf
			 LIMIT `+strconv.Itoa(limit), Micros(now), store.MinKeep.Microseconds(), begin, end)
		if err != nil || len(places) == 0 {
			return err
		}
		spans, gone, last := pastSpans(places, removed)
		n, next = int(spans.Count()), last+1
		if err := passRemoved(ctx, tx, removed, gone); err != nil || n == 0 {
			return err
		}
		return announce(ctx, tx, spans, now)
	})
	if err != nil {
		return 0, 0, err
	}
	return n, next, nil
}

// removalBounds are from where to look, behind what is announced, and the end of the
// places that a checkpoint covers which is old enough.
func removalBounds(ctx context.Context, tx *sql.Tx, from int64, now time.Time) (begin, end int64, err error) {
	announced, err := collect(ctx, tx, scanID, `
		SELECT spans
		  FROM removals`)
	if err != nil {
		return 0, 0, err
	}
	for _, text := range announced {
		spans, err := store.ParseSpans(text)
		if err != nil {
			return 0, 0, err
		}
		from = max(from, spans[len(spans)-1].Last+1)
	}
	err = tx.QueryRowContext(ctx, `
		SELECT COALESCE(MAX(size), 0)
		  FROM log_checkpoints
		 WHERE at <= $1`, Micros(now.Add(-store.MinKeep))).Scan(&end)
	return from, end, err
}

// past is a place of the log, and whether its event is past its time; negative: it is
// gone, or stays for ever.
type past struct{ leaf, state int64 }

func scanPast(r row) (p past, err error) {
	err = r.Scan(&p.leaf, &p.state)
	return p, err
}

// pastSpans are the places that may go, up to where so many of them would have been
// named, how far from the first on nothing is left, and the last place looked at.
func pastSpans(places []past, removed int64) (spans store.Spans, gone, last int64) {
	gone = removed
	for _, p := range places {
		last = p.leaf
		if p.state < 0 && p.leaf == gone {
			gone++
		}
		if p.state <= 0 {
			continue
		}
		if spans = spans.Add(p.leaf); len(spans) > mostSpans {
			return spans[:mostSpans], gone, spans[mostSpans].First - 1
		}
	}
	return spans, gone, last
}

// passRemoved records that nothing is left below a place.
func passRemoved(ctx context.Context, tx *sql.Tx, was, is int64) error {
	if is <= was {
		return nil
	}
	_, err := tx.ExecContext(ctx, `
		UPDATE log_state
		   SET removed = $1
		 WHERE id = 1`, is)
	return err
}

func announce(ctx context.Context, tx *sql.Tx, spans store.Spans, now time.Time) error {
	by := system("retention")
	var seq int64
	err := tx.QueryRowContext(ctx, `
		INSERT INTO events (org_id, kind, actor_kind, actor_id, addr, detail, at)
		VALUES ('', $1, $2, $3, '', $4, $5)
		RETURNING seq`, store.Removed, by.Kind, by.ID, spans.String(), Micros(now)).Scan(&seq)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO removals (seq, spans)
		VALUES ($1, $2)`, seq, spans.String())
	return err
}

// RemoveAnnounced implements [store.Retention]. What came on hold since the
// announcement, or is kept longer by now, stays. An announcement of which nothing is
// left is done with, and the next one's turn comes.
func (db *DB) RemoveAnnounced(ctx context.Context, limit int, now time.Time) (int, error) {
	n := 0
	err := db.Change(ctx, "remove events", func(tx *sql.Tx) error {
		n = 0
		for n == 0 {
			seq, err := nextRemoval(ctx, tx)
			if err != nil || seq == 0 {
				return err
			}
			if n, err = carryOut(ctx, tx, seq, limit, now); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return n, nil
}

// nextRemoval is the oldest announcement that a checkpoint covers; zero: there is none.
func nextRemoval(ctx context.Context, tx *sql.Tx) (int64, error) {
	var seq int64
	err := tx.QueryRowContext(ctx, `
		SELECT COALESCE(MIN(r.seq), 0)
		  FROM removals r
		  JOIN log_leaves l ON l.seq = r.seq
		 WHERE l.leaf < (SELECT MAX(size) FROM log_checkpoints)`).Scan(&seq)
	return seq, err
}

// carryOut removes some of what was announced. Whoever else is at it waits, and may
// find it done.
func carryOut(ctx context.Context, tx *sql.Tx, seq int64, limit int, now time.Time) (int, error) {
	var text string
	err := tx.QueryRowContext(ctx, `
		UPDATE removals
		   SET spans = spans
		 WHERE seq = $1
		RETURNING spans`, seq).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	spans, err := store.ParseSpans(text)
	if err != nil {
		return 0, err
	}
	n, err := removeSpans(ctx, tx, spans, limit, now)
	if err != nil || n == limit {
		return n, err
	}
	_, err = tx.ExecContext(ctx, `
		DELETE FROM removals
		 WHERE seq = $1`, seq)
	return n, err
}

// removeSpans removes up to limit events in the places of spans. Nobody places a hold
// meanwhile.
func removeSpans(ctx context.Context, tx *sql.Tx, spans store.Spans, limit int, now time.Time) (int, error) {
	orgs, err := collect(ctx, tx, scanOrgID, `
		SELECT DISTINCT e.org_id
		  FROM log_leaves l
		  JOIN events e ON e.seq = l.seq
		 WHERE l.leaf >= $1
		   AND l.leaf <= $2`, spans[0].First, spans[len(spans)-1].Last)
	if err != nil {
		return 0, err
	}
	if err := gates(ctx, tx, orgs); err != nil {
		return 0, err
	}
	n := 0
	for _, s := range spans {
		if n == limit {
			break
		}
		some, err := count(tx.ExecContext(ctx, `
			DELETE FROM events
			 WHERE seq IN (SELECT e.seq
			                 FROM log_leaves l
			                 JOIN events e ON e.seq = l.seq
			                 LEFT JOIN orgs o ON o.id = e.org_id
			                WHERE l.leaf >= $1
			                  AND l.leaf <= $2
			                  AND `+removable("$3", "$4")+`
			                ORDER BY l.leaf
			                LIMIT `+strconv.Itoa(limit-n)+`)`, s.First, s.Last, Micros(now), store.MinKeep.Microseconds()))
		if err != nil {
			return n, err
		}
		n += some
	}
	return n, nil
}

func scanOrgID(r row) (id store.OrgID, err error) {
	err = r.Scan(&id)
	return id, err
}

// Removals implements [store.ProvedLog].
func (db *DB) Removals(ctx context.Context) ([]store.Record, error) {
	list, err := collect(ctx, db.read, scanRemoval, `
		SELECT seq, at, detail
		  FROM events
		 WHERE kind = 'removed'
		   AND seq > $1
		 ORDER BY seq`, int64(math.MinInt64))
	return list, db.fault(ctx, "list removals", err)
}

func scanRemoval(r row) (store.Record, error) {
	e := store.Record{Kind: store.Removed}
	err := r.Scan(&e.Seq, &e.At, &e.Detail)
	return e, err
}
