package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"securetext/store"
)

// Receipt implements [store.Outbox].
func (db *DB) Receipt(ctx context.Context, r store.Receipt, now time.Time) error {
	return db.Change(ctx, "record receipt", func(tx *sql.Tx) error {
		return AddReceipt(ctx, tx, r, now)
	})
}

// AddReceipt records a receipt. The text is held first, so of duplicates at once
// the later finds it moved up already. A text nobody sent is [sql.ErrNoRows].
func AddReceipt(ctx context.Context, tx *sql.Tx, r store.Receipt, now time.Time) error {
	t, err := holdText(ctx, tx, r.Text, r.ProviderID)
	if err != nil || rank[r.State] < rank[store.TextSent] || rank[r.State] <= rank[t.state] {
		return err
	}
	var number store.RecipientID
	var held []store.MessageID
	if r.Refusal != "" || t.matters(r.State) {
		if number, held, err = holdFor(ctx, tx, t.behind, r.Refusal); err != nil {
			return err
		}
	}
	if err := moveText(ctx, tx, t, r, now); err != nil {
		return err
	}
	told := refusal{org: t.org, recipient: number, why: r.Refusal, by: carrier, at: now}
	return queueOutcome(ctx, tx, t, r, told, held, now)
}

// carrier is who receipts come from.
var carrier = store.Actor{Kind: store.ByCarrier}

// moveText moves a held text up, with its event, and queues another when the
// carrier lost it.
func moveText(ctx context.Context, tx *sql.Tx, t text, r store.Receipt, now time.Time) error {
	again, err := requeue(ctx, tx, t, r, now)
	if err != nil {
		return err
	}
	if err := setState(ctx, tx, t, r.State, r.ProviderID, now); err != nil {
		return err
	}
	if err := clearRow(ctx, tx, t, now); err != nil {
		return err
	}
	if err := moveChecks(ctx, tx, t, r, now); err != nil {
		return err
	}
	if !r.Pause.IsZero() {
		if err := pauseLine(ctx, tx, store.Line{Road: t.road, Until: r.Pause, Code: r.Reason}, now); err != nil {
			return err
		}
	}
	return addReceiptEvent(ctx, tx, t, r, again, now)
}

// moveChecks has the provider asked about a text which only its receipt tells was
// sent: whoever sent it may be gone. One whose end is known is asked about no more.
func moveChecks(ctx context.Context, tx *sql.Tx, t text, r store.Receipt, now time.Time) error {
	if r.State == store.TextSent {
		return checkAt(ctx, tx, t, store.SentText{ProviderID: r.ProviderID, Check: r.Check}, now)
	}
	return endChecks(ctx, tx, t, r.State)
}

// matters reports whether something follows for the message from how far the text
// got: its sender may want to hear of it, or reminders are in vain.
func (t text) matters(state store.TextState) bool {
	switch {
	case !t.kind.Links():
		return false
	case state == store.TextDelivered:
		return t.notify&store.NotifyDelivered != 0
	}
	return lost(state) && (t.watch || t.notify&store.NotifyFailed != 0)
}

// queueOutcome does what follows from a receipt: records a refusal, queues the mail
// to the sender, and ends reminders that are in vain.
func queueOutcome(ctx context.Context, tx *sql.Tx, t text, r store.Receipt, f refusal, held []store.MessageID, now time.Time) error {
	matters := t.matters(r.State)
	if r.Refusal != "" {
		if matters && lost(r.State) {
			f.lost, f.reason = t.message, r.Reason
		}
		if err := f.record(ctx, tx, held); err != nil {
			return err
		}
	}
	switch {
	case matters && r.State == store.TextDelivered:
		return queueNotice(ctx, tx, t.message, store.NotifyDelivered, r.Reason, now)
	case matters && r.Refusal == "":
		return queueFailed(ctx, tx, t.message, r.Reason, now)
	}
	return nil
}

// requeue queues another text when the carrier lost this one, once, and not
// for a message that is gone or whose texts were lost too often, nor to who
// gets no more, nor to remind of what is no longer watched. Nor is a code sent
// again: whoever waits for it asks for another.
func requeue(ctx context.Context, tx *sql.Tx, t text, r store.Receipt, now time.Time) (again bool, err error) {
	if t.kind == store.CodeText || r.Retry.IsZero() || r.Refusal != "" || !lost(r.State) || lost(t.state) {
		return false, nil
	}
	err = hold(ctx, tx, t.behind, now)
	if errors.Is(err, store.ErrGone) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	var before int
	var watched bool
	err = tx.QueryRowContext(ctx, `
		SELECT count(*), EXISTS (SELECT 1 FROM watches WHERE message_id = $1)
		  FROM texts
		 WHERE message_id = $1
		   AND kind = $2
		   AND state IN ('undelivered', 'failed')`, t.message, t.kind).Scan(&before, &watched)
	if err != nil || before+1 >= store.MaxLost || reminds(t.kind) && !watched {
		return false, err
	}
	return true, queueText(ctx, tx, t.kind, t.behind, r.Retry, now)
}

func lost(s store.TextState) bool {
	return s == store.TextUndelivered || s == store.TextFailed
}

// addReceiptEvent adds the carrier's word, save that the text was sent: that is
// recorded when its row is cleared. A text in whose place another is queued was
// not delivered, whatever the carrier calls it: that no text will go out is not so.
func addReceiptEvent(ctx context.Context, tx *sql.Tx, t text, r store.Receipt, again bool, now time.Time) error {
	kinds := map[store.TextState]store.Kind{
		store.TextUndelivered: store.Undelivered,
		store.TextFailed:      store.Failed,
		store.TextDelivered:   store.Delivered,
	}
	kind, ok := kinds[r.State]
	if !ok {
		return nil
	}
	if again {
		kind = store.Undelivered
	}
	return AddEvent(ctx, tx, t.event(kind, carrier, r.Reason, now))
}
