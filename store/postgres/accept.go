package postgres

import (
	"context"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"securetext/store"
)

// smallSize is up to how many bytes of content an acceptance shares a commit
// with others. Larger ones would hold them up.
const smallSize = 16 << 10

// Accept implements [store.Writer]. Small acceptances of many callers are one
// statement and one commit; a large one is its own transaction. One with an
// idempotency key goes the shared way, since the key must be had before
// anything else is written.
func (db *DB) Accept(ctx context.Context, a store.Acceptance) (store.Stored, error) {
	if a.Idempotency != nil {
		return db.DB.Accept(ctx, a)
	}
	const op = "accept"
	var err, failed error
	if small(a) {
		failed, err = db.acceptances.Do(ctx, a)
		err = errors.Join(err, failed)
	} else {
		err = db.acceptLarge(ctx, a)
	}
	if err != nil {
		return store.Stored{}, fault(ctx, op, err)
	}
	return store.Stored{Messages: column(a.Messages, func(m store.Message) store.MessageID { return m.ID })}, nil
}

func small(a store.Acceptance) bool {
	size := 0
	for _, m := range a.Messages {
		if size += len(m.Content); len(m.Attachments) > 0 || size > smallSize {
			return false
		}
	}
	return true
}

// acceptTogether commits for all callers that wait. When the server is away or
// its disk is full each is told so at once; only for other errors is it worth
// the group's while to try each alone.
func (db *DB) acceptTogether(ctx context.Context, all []store.Acceptance) ([]error, error) {
	return shared(len(all), translate(add(ctx, db.pool, all...)))
}

// execer is the pool or a transaction.
type execer interface {
	Exec(ctx context.Context, statement string, args ...any) (pgconn.CommandTag, error)
}

// add writes all but the attachments, in one statement.
func add(ctx context.Context, on execer, all ...store.Acceptance) error {
	ctx, cancel := within(ctx)
	defer cancel()
	_, err := on.Exec(ctx, addMessages, columns(flatten(all))...)
	return err
}

// shared is the outcome of a group's commit: one error for all when trying each
// alone would end the same.
func shared(n int, err error) ([]error, error) {
	outcomes := make([]error, n)
	if errors.Is(err, store.ErrUnavailable) || errors.Is(err, store.ErrFull) {
		for i := range outcomes {
			outcomes[i] = err
		}
		return outcomes, nil
	}
	return outcomes, err
}

// acceptLarge writes the attachments first, piece by piece, and all that others
// might wait for in the last statement. Without attachments that is the only one.
func (db *DB) acceptLarge(ctx context.Context, a store.Acceptance) error {
	if !slices.ContainsFunc(a.Messages, func(m store.Message) bool { return len(m.Attachments) > 0 }) {
		return add(ctx, db.pool, a)
	}
	return pgx.BeginFunc(ctx, db.pool, func(tx pgx.Tx) error {
		for _, m := range a.Messages {
			if err := addAttachments(ctx, tx, m); err != nil {
				return err
			}
		}
		return add(ctx, tx, a)
	})
}
