package sqlstore

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"slices"
	"time"

	"securetext/store"
)

// claimRepeats takes each message's hash for it, and gives the ids that the
// messages are stored as, in their order: its own where the hash was free or
// there is none, else that of the earlier message.
func claimRepeats(ctx context.Context, tx *sql.Tx, a store.Acceptance) ([]store.MessageID, error) {
	ids := messageIDs(a.Messages)
	for _, i := range hashOrder(a.Messages) {
		var err error
		if ids[i], err = claimRepeat(ctx, tx, a.Messages[i], a.At); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

// hashOrder are the positions of the messages that have a hash, by hash: two
// acceptances of the same ones must not wait for each other crosswise.
func hashOrder(messages []store.Message) []int {
	var order []int
	for i, m := range messages {
		if m.Repeat != (store.RepeatHash{}) {
			order = append(order, i)
		}
	}
	slices.SortFunc(order, func(x, y int) int {
		a, b := messages[x].Repeat, messages[y].Repeat
		return cmp.Or(bytes.Compare(a[:], b[:]), cmp.Compare(x, y))
	})
	return order
}

// claimRepeat gives the id that stands behind the message's hash from now on. A
// hash past its life is free again, whether or not it was tidied away. One that
// is not is written anew as it was: of two at once the second thus waits for what
// becomes of the first, and is given its id although it began before.
func claimRepeat(ctx context.Context, tx *sql.Tx, m store.Message, at time.Time) (id store.MessageID, err error) {
	err = tx.QueryRowContext(ctx, `
		INSERT INTO repeats (org_id, hash, message_id, created_at)
		VALUES ($1, $2, $3, $4)
		ON CONFLICT (org_id, hash) DO UPDATE
		   SET message_id = CASE WHEN repeats.created_at <= $5 THEN excluded.message_id ELSE repeats.message_id END,
		       created_at = CASE WHEN repeats.created_at <= $5 THEN excluded.created_at ELSE repeats.created_at END
		RETURNING message_id`,
		m.Org, m.Repeat[:], m.ID, Micros(at), Micros(at.Add(-store.RepeatLife))).Scan(&id)
	return id, err
}

// StoredAs is what became of messages that are stored under the ids given.
func StoredAs(messages []store.Message, ids []store.MessageID) store.Stored {
	repeats := 0
	for i, m := range messages {
		if m.ID != ids[i] {
			repeats++
		}
	}
	return store.Stored{Messages: ids, Replayed: repeats > 0 && repeats == len(messages)}
}

// Fresh are the messages that are stored under their own ids: all but repeats.
func Fresh(messages []store.Message, ids []store.MessageID) []store.Message {
	var fresh []store.Message
	for i, m := range messages {
		if m.ID == ids[i] {
			fresh = append(fresh, m)
		}
	}
	return fresh
}

// correctKey has the acceptance's idempotency key remember the messages of which
// some turned out to be repeats: it was taken before that was known.
func correctKey(ctx context.Context, tx *sql.Tx, a store.Acceptance, ids []store.MessageID) error {
	if a.Idempotency == nil || slices.Equal(ids, messageIDs(a.Messages)) {
		return nil
	}
	_, err := tx.ExecContext(ctx, `
		UPDATE idempotency
		   SET messages = $1
		 WHERE org_id = $2
		   AND key = $3`, join(ids), a.Messages[0].Org, a.Idempotency.Key)
	return err
}

func forgetRepeats(ctx context.Context, tx *sql.Tx, at time.Time) error {
	_, err := tx.ExecContext(ctx, `
		DELETE FROM repeats
		 WHERE created_at <= $1`, Micros(at.Add(-store.RepeatLife)))
	return err
}
