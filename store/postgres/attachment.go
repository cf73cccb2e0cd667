package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"securetext/store"
)

// window is how many chunks travel in one round trip: with 64 KiB each, what a
// large mail holds in memory beside its plaintext.
const window = 16

func addAttachments(ctx context.Context, tx pgx.Tx, m store.Message) error {
	batch := new(pgx.Batch)
	for _, a := range m.Attachments {
		batch.Queue(`
			INSERT INTO attachments (message_id, part, size)
			VALUES ($1, $2, $3)`, m.ID, a.Part, a.Size)
		n := 0
		for c := range a.Chunks {
			batch.Queue(`
				INSERT INTO chunks (message_id, part, n, sealed)
				VALUES ($1, $2, $3, $4)`, m.ID, a.Part, n, []byte(c))
			n++
			if batch.Len() < window {
				continue
			}
			if err := flush(ctx, tx, batch); err != nil {
				return err
			}
			batch = new(pgx.Batch)
		}
	}
	return flush(ctx, tx, batch)
}

func flush(ctx context.Context, tx pgx.Tx, batch *pgx.Batch) error {
	if batch.Len() == 0 {
		return nil
	}
	ctx, cancel := within(ctx)
	defer cancel()
	return tx.SendBatch(ctx, batch).Close()
}
