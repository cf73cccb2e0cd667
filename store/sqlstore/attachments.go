package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"iter"
	"strconv"
	"time"

	"securetext/store"
	"securetext/store/seal"
	"securetext/store/token"
)

// addAttachment adds an attachment of a message, or of a reply: the ids of both
// differ in how they begin.
func addAttachment(ctx context.Context, tx *sql.Tx, id string, a store.Attachment) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO attachments (message_id, part, size)
		VALUES ($1, $2, $3)`, id, a.Part, a.Size)
	if err != nil {
		return err
	}
	insert, err := tx.PrepareContext(ctx, `
		INSERT INTO chunks (message_id, part, n, sealed)
		VALUES ($1, $2, $3, $4)`)
	if err != nil {
		return err
	}
	defer insert.Close()
	n := 0
	for c := range a.Chunks {
		if _, err := insert.ExecContext(ctx, id, a.Part, n, c); err != nil {
			return err
		}
		n++
	}
	return nil
}

// Attachment implements [store.Reader]. Each chunk is a query of its own, so a
// slow reader holds neither a connection nor a snapshot, and a message that is
// wiped meanwhile ends the walk with [store.ErrGone].
func (db *DB) Attachment(ctx context.Context, hash token.Hash, part int, v store.Viewer, now time.Time) (store.SealedAttachment, error) {
	m, err := db.Message(ctx, hash, v, now)
	return db.attachment(ctx, m, part, err)
}

// attachment is the part of a message, unless that was not loaded.
func (db *DB) attachment(ctx context.Context, m store.Sealed, part int, err error) (store.SealedAttachment, error) {
	if err != nil {
		return store.SealedAttachment{}, db.fault(ctx, "attachment", err)
	}
	for _, info := range m.Attachments {
		if info.Part == part {
			return store.SealedAttachment{Sealed: m, AttachmentInfo: info, Chunks: db.chunks(ctx, string(m.ID), info)}, nil
		}
	}
	return store.SealedAttachment{}, db.fault(ctx, "attachment", store.ErrNotFound)
}

func (db *DB) chunks(ctx context.Context, id string, info store.AttachmentInfo) iter.Seq2[seal.Ciphertext, error] {
	return func(yield func(seal.Ciphertext, error) bool) {
		for n := range seal.Chunks(info.Size) {
			c, err := db.chunk(ctx, id, info.Part, n)
			if !yield(c, err) || err != nil {
				return
			}
		}
	}
}

func (db *DB) chunk(ctx context.Context, id string, part, n int) (seal.Ciphertext, error) {
	var c seal.Ciphertext
	err := db.read.QueryRowContext(ctx, `
		SELECT sealed
		  FROM chunks
		 WHERE message_id = $1
		   AND part = $2
		   AND n = $3`, id, part, n).Scan(&c)
	if errors.Is(err, sql.ErrNoRows) {
		err = store.ErrGone
	}
	return c, db.fault(ctx, "chunk", err)
}

// attachmentsOf lists the attachments of a message or a reply in order.
func attachmentsOf(ctx context.Context, q queryer, id string) ([]store.AttachmentInfo, error) {
	return collect(ctx, q, func(r row) (a store.AttachmentInfo, err error) {
		err = r.Scan(&a.Part, &a.Size)
		return a, err
	}, `
		SELECT part, size
		  FROM attachments
		 WHERE message_id = $1
		 ORDER BY part`, id)
}

// AttachmentRead implements [store.Reader].
func (db *DB) AttachmentRead(ctx context.Context, message store.MessageID, part int, v store.Viewer, now time.Time) error {
	return db.Change(ctx, "record attachment read", func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, addReading+`
			   AND EXISTS (SELECT 1
			                 FROM attachments a
			                WHERE a.message_id = m.id
			                  AND a.part = $10)`,
			append(reading(store.AttachmentRead, "part "+strconv.Itoa(part), message, v, now), part)...)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 1 {
			return err
		}
		return whyUnread(ctx, tx, message, v, now)
	})
}
