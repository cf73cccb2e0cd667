package sqlstore

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"securetext/store"
)

// Target is where a backup goes, in an engine's own words.
type Target struct {
	Into        string // how an insert goes on behind its columns
	SetCounters func(ctx context.Context, tx *sql.Tx, last map[string]int64) error
}

// Restore puts a backup into empty tables, and in order what must not come back as it
// was: sessions, texts that may be sent by now, messages whose keys are gone.
func Restore(ctx context.Context, tx *sql.Tx, to Target, r store.Restoration) (store.Restored, error) {
	var done store.Restored
	for _, name := range []string{"orgs", "events", "log_leaves"} {
		var n int
		if err := tx.QueryRowContext(ctx, "SELECT COUNT(*) FROM (SELECT 1 FROM "+name+" LIMIT 1) AS found").Scan(&n); err != nil || n > 0 {
			return done, orNotEmpty(err)
		}
	}
	l := &loading{tx: tx, into: to.Into, convert: converting(r.At), counters: map[string]int64{}}
	if err := l.load(ctx, r.Records); err != nil {
		return done, err
	}
	if err := to.SetCounters(ctx, tx, l.counters); err != nil {
		return done, err
	}
	if r.Keys != nil {
		if err := loadKeys(ctx, l, r); err != nil {
			return done, err
		}
	}
	done.Rows = l.total
	var err error
	if done.Wiped, err = wipeKeyless(ctx, tx, r.At); err != nil {
		return done, err
	}
	if done.Waiting, err = putOffTexts(ctx, tx, r.At); err != nil {
		return done, err
	}
	return done, markRestored(ctx, tx, r)
}

func orNotEmpty(err error) error {
	if err == nil {
		err = store.ErrNotEmpty
	}
	return err
}

// converting changes rows on their way in. Epochs become the second of the restore,
// which no session has that was ever made; whatever was to be done while the service
// was away waits.
func converting(at time.Time) func(string, []string, []any) {
	epoch, soonest := at.Unix(), Micros(at.Add(store.RestoredWait))
	return func(table string, columns []string, row []any) {
		for i, column := range columns {
			switch {
			case column == "epoch" && (table == "recipients" || table == "staff"):
				row[i] = epoch
			case column == "due_at" && (table == "outbox" || table == "watches" || table == "notices"):
				if due, ok := row[i].(int64); ok {
					row[i] = max(due, soonest)
				}
			}
		}
	}
}

// loadKeys reads the part that opens messages. Orgs and messages of later than the
// records are not there: neither are their keys wanted.
func loadKeys(ctx context.Context, l *loading, r store.Restoration) error {
	orgs, err := collect(ctx, l.tx, scanID, `
		SELECT id
		  FROM orgs`)
	if err != nil {
		return err
	}
	into := l.convert
	l.convert = nil
	l.keep = func(table string, columns []string, row []any) bool {
		i := slices.Index(columns, "org_id")
		if i < 0 {
			return false
		}
		org, ok := row[i].(string)
		return ok && slices.Contains(opening, table) && slices.Contains(orgs, org)
	}
	if err := l.load(ctx, r.Keys); err != nil {
		return err
	}
	l.convert, l.keep = into, nil
	_, err = l.tx.ExecContext(ctx, `
		DELETE FROM message_keys
		 WHERE NOT EXISTS (SELECT 1 FROM messages m WHERE m.id = message_id AND m.wiped_at IS NULL)
		   AND NOT EXISTS (SELECT 1 FROM replies p WHERE p.id = message_id)`)
	return err
}

// wipeKeyless wipes messages whose keys are gone: they were wiped after the records
// were written, or the keys are not here. What is on hold keeps its content, for the
// day that its key is found.
func wipeKeyless(ctx context.Context, tx *sql.Tx, at time.Time) (int, error) {
	n := 0
	for {
		gone, err := collect(ctx, tx, scanOver, `
			SELECT m.id, m.org_id
			  FROM messages m
			 WHERE m.wiped_at IS NULL
			   AND NOT EXISTS (SELECT 1 FROM message_keys k WHERE k.message_id = m.id)
			   AND NOT `+onHold+`
			 LIMIT 500`)
		if err != nil || len(gone) == 0 {
			return n, err
		}
		for _, b := range gone {
			if err := wipe(ctx, tx, b.org, b.message, system("restore"), at); err != nil {
				return n, err
			}
			n++
		}
	}
}

// putOffTexts records that what waits was put off, and drops codes, which nobody waits
// for any more.
func putOffTexts(ctx context.Context, tx *sql.Tx, at time.Time) (int, error) {
	if _, err := tx.ExecContext(ctx, `
		DELETE FROM outbox
		 WHERE kind = $1`, store.CodeText); err != nil {
		return 0, err
	}
	by := system("restore")
	return count(tx.ExecContext(ctx, `
		INSERT INTO events (org_id, message_id, recipient_id, kind, actor_kind, actor_id, addr, detail, at)
		SELECT org_id, message_id, recipient_id, $1, $2, $3, '', 'restored', $4
		  FROM outbox
		 WHERE due_at = $5`, store.Deferred, by.Kind, by.ID, Micros(at), Micros(at.Add(store.RestoredWait))))
}

// markRestored says in the log what was done. Behind, the key that signed last may have
// signed more than is here, and must sign nothing else.
func markRestored(ctx context.Context, tx *sql.Tx, r store.Restoration) error {
	if r.Behind {
		if _, err := tx.ExecContext(ctx, `
			UPDATE log_state
			   SET restored_at = $1
			 WHERE id = 1`, Micros(r.At)); err != nil {
			return err
		}
	}
	return AddEvent(ctx, tx, store.Event{Kind: store.BackupRestored, By: r.By, Detail: r.Detail, At: r.At})
}
