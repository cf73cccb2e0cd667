package sqlstore

import (
	"context"
	"strconv"
	"time"
)

// How soon a gap is looked at again: after as long as it is known, within these.
const soonestGap, latestGap = time.Second, 24 * time.Hour

// gapsAtOnce is how many gaps one batch looks at. Others wait for the next.
const gapsAtOnce = 100

// gap is a span of seqs that were missing.
type gap struct{ first, last, since int64 }

func scanGap(r row) (g gap, err error) {
	err = r.Scan(&g.first, &g.last, &g.since)
	return g, err
}

// late gives leaves to events that stand in gaps by now. Each gap is looked into by
// itself, for a join of the two would go through all events.
func (s *sequencing) late(ctx context.Context, limit int) error {
	due, err := collect(ctx, s.tx, scanGap, `
		SELECT first, last, since
		  FROM log_gaps
		 WHERE due_at <= $1
		 ORDER BY due_at
		 LIMIT `+strconv.Itoa(gapsAtOnce), Micros(s.now))
	if err != nil {
		return err
	}
	for _, g := range due {
		left := limit - int(s.next-s.size)
		if left <= 0 {
			break
		}
		seqs, err := collect(ctx, s.tx, scanSeq, `
			SELECT e.seq
			  FROM events e
			 WHERE e.seq >= $1
			   AND e.seq <= $2
			   AND NOT EXISTS (SELECT 1 FROM log_leaves l WHERE l.seq = e.seq)
			 ORDER BY e.seq
			 LIMIT `+strconv.Itoa(left), g.first, g.last)
		if err == nil && len(seqs) == 0 {
			err = s.putOff(ctx, g)
		} else if err == nil {
			err = s.fill(ctx, g, seqs)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// putOff has a gap looked at ever less often.
func (s *sequencing) putOff(ctx context.Context, g gap) error {
	wait := max(soonestGap, min(latestGap, s.now.Sub(Time(g.since))))
	_, err := s.tx.ExecContext(ctx, `
		UPDATE log_gaps
		   SET due_at = $1
		 WHERE first = $2`, Micros(s.now.Add(wait)), g.first)
	return err
}

// fill gives events of a gap the next leaves, and keeps what is left of it.
func (s *sequencing) fill(ctx context.Context, g gap, seqs []int64) error {
	if _, err := s.tx.ExecContext(ctx, `
		DELETE FROM log_gaps
		 WHERE first = $1`, g.first); err != nil {
		return err
	}
	from := g.first
	for _, seq := range append(seqs, g.last+1) {
		if seq > from {
			if err := s.addGap(ctx, from, seq-1, Time(g.since), s.now.Add(soonestGap)); err != nil {
				return err
			}
		}
		from = seq + 1
	}
	for _, seq := range seqs {
		if _, err := s.tx.ExecContext(ctx, `
			INSERT INTO log_leaves (leaf, seq)
			VALUES ($1, $2)`, s.next, seq); err != nil {
			return err
		}
		s.next++
	}
	return nil
}

func (s *sequencing) addGap(ctx context.Context, first, last int64, since, due time.Time) error {
	_, err := s.tx.ExecContext(ctx, `
		INSERT INTO log_gaps (first, last, since, due_at)
		VALUES ($1, $2, $3, $4)`, first, last, Micros(since), Micros(due))
	return err
}
