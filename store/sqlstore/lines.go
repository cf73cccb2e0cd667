package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"math"
	"time"

	"securetext/store"
)

const lineColumns = `road, until, stops, code, since`

// Lines implements [store.Lines].
func (db *DB) Lines(ctx context.Context) ([]store.Line, error) {
	lines, err := collect(ctx, db.read, scanLine, `
		SELECT `+lineColumns+`
		  FROM lines
		 ORDER BY road`)
	return lines, db.fault(ctx, "list lines", err)
}

func scanLine(r row) (store.Line, error) {
	var l store.Line
	var until, since int64
	err := r.Scan(&l.Road, &until, &l.Stops, &l.Code, &since)
	l.Until, l.Since = Time(until), Time(since)
	return l, err
}

// Pause implements [store.Lines].
func (db *DB) Pause(ctx context.Context, l store.Line, now time.Time) (store.Line, error) {
	var paused store.Line
	err := db.Change(ctx, "pause line", func(tx *sql.Tx) error {
		if err := pauseLine(ctx, tx, l, now); err != nil {
			return err
		}
		var err error
		paused, err = scanLine(tx.QueryRowContext(ctx, `
			SELECT `+lineColumns+`
			  FROM lines
			 WHERE road = $1`, l.Road))
		return err
	})
	return paused, err
}

// pauseLine stops a road, unless it pauses already.
func pauseLine(ctx context.Context, tx *sql.Tx, l store.Line, now time.Time) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO lines (road, until, stops, code, since)
		VALUES ($1, $2, 1, $3, $4)
		    ON CONFLICT (road) DO UPDATE
		   SET until = excluded.until, code = excluded.code, stops = lines.stops + 1,
		       since = CASE WHEN lines.stops = 0 THEN excluded.since ELSE lines.since END
		 WHERE lines.stops = 0
		    OR lines.until <= excluded.since
		    OR lines.code = ''`, l.Road, Micros(l.Until), l.Code, Micros(now))
	return err
}

// Probe implements [store.Lines]. While somebody probes, the line has no code: so
// the prober may pause it again before its time is over.
func (db *DB) Probe(ctx context.Context, road string, until, now time.Time) (bool, error) {
	taken := false
	err := db.Change(ctx, "probe line", func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `
			UPDATE lines
			   SET until = $1, code = ''
			 WHERE road = $2
			   AND stops > 0
			   AND until <= $3`, Micros(until), road, Micros(now))
		switch err := oneRow(res, err, sql.ErrNoRows); {
		case errors.Is(err, sql.ErrNoRows):
			taken = false
		case err != nil:
			return err
		default:
			taken = true
		}
		return nil
	})
	return taken && err == nil, err
}

// Flow implements [store.Lines].
func (db *DB) Flow(ctx context.Context, road string) (bool, error) {
	flowed := false
	err := db.Change(ctx, "open line", func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `
			UPDATE lines
			   SET until = 0, stops = 0, code = '', since = 0
			 WHERE road = $1
			   AND stops > 0`, road)
		switch err := oneRow(res, err, sql.ErrNoRows); {
		case errors.Is(err, sql.ErrNoRows):
			flowed = false
		case err != nil:
			return err
		default:
			flowed = true
		}
		return nil
	})
	return flowed && err == nil, err
}

// Pace implements [store.Lines]. What a road may carry within a second may go
// at once, and no more is saved up. Stored times are whole microseconds: rounded
// up, so that a road never carries more than it may.
func (db *DB) Pace(ctx context.Context, road string, n int, rate float64, now time.Time) (granted int, next time.Time, err error) {
	step := time.Duration(math.Ceil(float64(time.Second) / rate))
	burst := max(step, time.Second)
	err = db.Change(ctx, "pace line", func(tx *sql.Tx) error {
		var paced int64
		err := tx.QueryRowContext(ctx, `
			INSERT INTO lines (road)
			VALUES ($1)
			    ON CONFLICT (road) DO UPDATE
			   SET road = excluded.road
			RETURNING paced_at`, road).Scan(&paced)
		if err != nil {
			return err
		}
		from := Time(paced)
		if earliest := now.Add(-burst); from.Before(earliest) {
			from = earliest
		}
		granted = max(0, min(n, int(now.Sub(from)/step)))
		from = from.Add(time.Duration(granted) * step)
		next = from.Add(step)
		_, err = tx.ExecContext(ctx, `
			UPDATE lines
			   SET paced_at = $1
			 WHERE road = $2`, Micros(from.Add(time.Microsecond-1)), road)
		return err
	})
	if err != nil {
		return 0, time.Time{}, err
	}
	return granted, next, nil
}
