package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"time"

	"securetext/store"
	"securetext/store/merkle"
)

// Sequence implements [store.ProvedLog]. Who works holds the row of the state: others
// wait for it, and then find its work done. Everything is in one transaction, so
// that a process that is killed leaves nothing behind.
func (db *DB) Sequence(ctx context.Context, limit int, mark store.Marker, now time.Time) (int, error) {
	if waits, err := db.sequenceWaits(ctx, now); err != nil || !waits {
		return 0, db.fault(ctx, "look for events", err)
	}
	n := 0
	err := db.Change(ctx, "sequence events", func(tx *sql.Tx) error {
		s := sequencing{tx: tx, now: now, mark: mark}
		if err := s.begin(ctx); err != nil {
			return err
		}
		if err := s.late(ctx, limit); err != nil {
			return err
		}
		if err := s.fresh(ctx, limit-int(s.next-s.size)); err != nil {
			return err
		}
		n = int(s.next - s.size)
		return s.end(ctx)
	})
	if err != nil {
		return 0, err
	}
	return n, nil
}

// sequenceWaits reports whether there is anything to do: a service at rest writes
// nothing.
func (db *DB) sequenceWaits(ctx context.Context, now time.Time) (bool, error) {
	var n int
	err := db.read.QueryRowContext(ctx, `
		SELECT (SELECT COUNT(*) FROM (SELECT 1 FROM events WHERE seq > COALESCE((SELECT high FROM log_state), 0) LIMIT 1) AS fresh)
		     + (SELECT COUNT(*) FROM (SELECT 1 FROM log_gaps WHERE due_at <= $1 LIMIT 1) AS late)`, Micros(now)).Scan(&n)
	return n > 0, err
}

// sequencing is one batch.
type sequencing struct {
	tx   *sql.Tx
	now  time.Time
	mark store.Marker

	size, high int64 // before
	next, top  int64 // after
}

func (s *sequencing) begin(ctx context.Context) error {
	err := s.tx.QueryRowContext(ctx, `
		INSERT INTO log_state (id, size, high)
		VALUES (1, 0, 0)
		    ON CONFLICT (id) DO UPDATE
		   SET size = log_state.size
		RETURNING size, high`).Scan(&s.size, &s.high)
	s.next, s.top = s.size, s.high
	return err
}

// fresh gives leaves to events above all that were looked at. An event that comes
// to be seen among them later finds its seq among the gaps. How many wait must not
// matter: both statements have an end.
func (s *sequencing) fresh(ctx context.Context, limit int) error {
	var last sql.NullInt64
	err := s.tx.QueryRowContext(ctx, `
		SELECT MAX(seq)
		  FROM (SELECT seq
		          FROM events
		         WHERE seq > $1
		         ORDER BY seq
		         LIMIT `+strconv.Itoa(limit)+`) AS waiting`, s.high).Scan(&last)
	if err != nil || !last.Valid {
		return err
	}
	seqs, err := collect(ctx, s.tx, scanSeq, `
		INSERT INTO log_leaves (leaf, seq)
		SELECT $1 + ROW_NUMBER() OVER (ORDER BY e.seq) - 1, e.seq
		  FROM events e
		 WHERE e.seq > $2
		   AND e.seq <= $3
		   AND NOT EXISTS (SELECT 1 FROM log_leaves l WHERE l.seq = e.seq)
		RETURNING seq`, s.next, s.high, last.Int64)
	if err != nil {
		return err
	}
	slices.Sort(seqs)
	for _, seq := range append(seqs, last.Int64+1) {
		if seq > s.top+1 {
			if err := s.addGap(ctx, s.top+1, seq-1, s.now, s.now); err != nil {
				return err
			}
		}
		s.top = min(seq, last.Int64)
	}
	s.next += int64(len(seqs))
	return nil
}

// end stores what the batch made of the tree.
func (s *sequencing) end(ctx context.Context) error {
	if s.next > s.size {
		if err := s.grow(ctx); err != nil {
			return err
		}
	}
	_, err := s.tx.ExecContext(ctx, `
		UPDATE log_state
		   SET size = $1, high = $2
		 WHERE id = 1`, s.next, s.top)
	return err
}

// grow hashes the events of the batch and stores the tiles that change.
func (s *sequencing) grow(ctx context.Context) error {
	edge, err := tiles(ctx, s.tx, merkle.Edge(s.size))
	if err != nil {
		return err
	}
	tree, err := merkle.Load(s.size, hashesOf(edge))
	if err != nil {
		return err
	}
	added, err := collect(ctx, s.tx, scanLeaf, leafQuery, s.size, s.next)
	if err != nil {
		return err
	}
	if int64(len(added)) != s.next-s.size {
		return fmt.Errorf("%d events for %d leaves: %w", len(added), s.next-s.size, merkle.ErrBroken)
	}
	changed := map[merkle.Tile]store.MarkedTile{}
	keep := func(t merkle.Tile, hashes []merkle.Hash) {
		changed[t] = store.MarkedTile{Hashes: merkle.Bytes(hashes), Marks: changed[t].Marks}
	}
	for _, l := range added {
		if l.Record == nil || l.Index != tree.Size() {
			return fmt.Errorf("leaf %d: %w", l.Index, merkle.ErrBroken)
		}
		hash := l.Record.LeafHash(l.Index)
		s.addMark(changed, edge, l.Index, hash)
		tree.Append(hash, keep)
	}
	tree.Partial(keep)
	return saveTiles(ctx, s.tx, changed, edge)
}

// addMark adds the mark of a leaf to its tile.
func (s *sequencing) addMark(changed, edge map[merkle.Tile]store.MarkedTile, index int64, hash merkle.Hash) {
	at := merkle.Tile{N: index / merkle.Width}
	t, begun := changed[at]
	if !begun {
		t.Marks = edge[at].Marks
	}
	m := s.mark(index, hash)
	have := min(len(t.Marks), int(index%merkle.Width)*len(m))
	t.Marks = append(t.Marks[:have:have], m[:]...)
	changed[at] = t
}

func scanSeq(r row) (seq int64, err error) {
	err = r.Scan(&seq)
	return seq, err
}
