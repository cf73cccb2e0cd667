package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"securetext/store"
)

// Receipt implements [store.Outbox]. The text is held first, so of duplicates
// at once the later finds it moved up already.
func (db *DB) Receipt(ctx context.Context, r store.Receipt, now time.Time) error {
	return db.Change(ctx, "record receipt", func(tx *sql.Tx) error {
		t, err := holdText(ctx, tx, r.Text, r.ProviderID)
		if err != nil || rank[r.State] < rank[store.TextSent] || rank[r.State] <= rank[t.state] {
			return err
		}
		if err := requeue(ctx, tx, t, r, now); err != nil {
			return err
		}
		if err := setState(ctx, tx, t, r.State, r.ProviderID, now); err != nil {
			return err
		}
		if err := clearRow(ctx, tx, t, now); err != nil {
			return err
		}
		return addReceiptEvent(ctx, tx, t, r, now)
	})
}

// requeue queues another text when the carrier lost this one, once, and not
// for a message that is gone or whose texts were lost too often.
func requeue(ctx context.Context, tx *sql.Tx, t text, r store.Receipt, now time.Time) error {
	if r.Retry.IsZero() || !lost(r.State) || lost(t.state) {
		return nil
	}
	err := hold(ctx, tx, t.behind, now)
	if errors.Is(err, store.ErrGone) {
		return nil
	}
	if err != nil {
		return err
	}
	var before int
	err = tx.QueryRowContext(ctx, `
		SELECT count(*)
		  FROM texts
		 WHERE message_id = $1
		   AND kind = $2
		   AND state IN ('undelivered', 'failed')`, t.message, t.kind).Scan(&before)
	if err != nil || before+1 >= store.MaxLost {
		return err
	}
	return addText(ctx, tx, t.kind, t.behind, r.Retry, now)
}

func lost(s store.TextState) bool {
	return s == store.TextUndelivered || s == store.TextFailed
}

// addReceiptEvent adds the carrier's word, save that the text was sent: that is
// recorded when its row is cleared.
func addReceiptEvent(ctx context.Context, tx *sql.Tx, t text, r store.Receipt, now time.Time) error {
	kinds := map[store.TextState]store.Kind{
		store.TextUndelivered: store.Undelivered,
		store.TextFailed:      store.Failed,
		store.TextDelivered:   store.Delivered,
	}
	kind, ok := kinds[r.State]
	if !ok {
		return nil
	}
	return AddEvent(ctx, tx, t.event(kind, store.Actor{Kind: store.ByCarrier}, r.Reason, now))
}
