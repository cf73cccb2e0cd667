package postgres

import (
	"context"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5"

	"securetext/store"
	"securetext/store/sqlstore"
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
	stored, err := db.accept(ctx, a)
	if err != nil {
		return store.Stored{}, fault(ctx, "accept", err)
	}
	return stored, nil
}

func (db *DB) accept(ctx context.Context, a store.Acceptance) (store.Stored, error) {
	switch {
	case small(a):
		o, err := db.acceptances.Do(ctx, a)
		return o.stored, errors.Join(err, o.err)
	case attached(a):
		return db.acceptLarge(ctx, a)
	}
	all, err := add(ctx, db.pool, a)
	if err != nil {
		return store.Stored{}, err
	}
	return all[0], nil
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

func attached(a store.Acceptance) bool {
	return slices.ContainsFunc(a.Messages, func(m store.Message) bool { return len(m.Attachments) > 0 })
}

// outcome is what became of one caller's acceptance.
type outcome struct {
	stored store.Stored
	err    error
}

// acceptTogether commits for all callers that wait. When the server is away or
// its disk is full each is told so at once; only for other errors is it worth
// the group's while to try each alone.
func (db *DB) acceptTogether(ctx context.Context, all []store.Acceptance) ([]outcome, error) {
	stored, err := add(ctx, db.pool, all...)
	if err != nil {
		failed, err := shared(len(all), translate(err))
		return column(failed, func(err error) outcome { return outcome{err: err} }), err
	}
	return column(stored, func(s store.Stored) outcome { return outcome{stored: s} }), nil
}

// querier is the pool or a transaction.
type querier interface {
	Query(ctx context.Context, statement string, args ...any) (pgx.Rows, error)
}

// add writes all but the attachments, in one statement, and gives what became of
// each acceptance.
func add(ctx context.Context, on querier, all ...store.Acceptance) ([]store.Stored, error) {
	ctx, cancel := within(ctx)
	defer cancel()
	rows, known := flatten(all)
	if atOdds(rows) {
		return nil, store.ErrKnown
	}
	repeats, err := on.Query(ctx, addMessages(rows), columns(rows)...)
	if err != nil {
		return nil, err
	}
	if err := known.replace(repeats); err != nil {
		return nil, err
	}
	return column(all, func(a store.Acceptance) store.Stored {
		return sqlstore.StoredAs(a.Messages, known.ids(a.Messages))
	}), nil
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

// acceptLarge writes the attachments piece by piece, and all that others might
// wait for in the last statement. Only who brings the same mail at the same time
// waits from the beginning: it has no need to write all of it again.
func (db *DB) acceptLarge(ctx context.Context, a store.Acceptance) (stored store.Stored, err error) {
	err = pgx.BeginFunc(ctx, db.pool, func(tx pgx.Tx) error {
		ids, err := claim(ctx, tx, a)
		if err != nil {
			return err
		}
		stored = sqlstore.StoredAs(a.Messages, ids)
		if a.Messages = sqlstore.Fresh(a.Messages, ids); len(a.Messages) == 0 {
			return nil
		}
		for i := range a.Messages {
			if err := addAttachments(ctx, tx, a.Messages[i]); err != nil {
				return err
			}
			a.Messages[i].Repeat = store.RepeatHash{} // claimed above
		}
		_, err = add(ctx, tx, a)
		return err
	})
	return stored, err
}
