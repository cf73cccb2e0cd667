package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"securetext/store"
	"securetext/store/seal"
	"securetext/store/token"
)

// Message implements [store.Reader]. A message whose key is missing is gone,
// wiped or not: so it is after an old backup was restored. One that is wiped
// while it is being loaded may lack its attachments; Read will refuse it.
func (db *DB) Message(ctx context.Context, hash token.Hash, v store.Viewer, now time.Time) (store.Sealed, error) {
	const op = "load message"
	m, err := scanSealed(db.read.QueryRowContext(ctx, `
		SELECT `+sealedColumns+`
		  FROM links l
		  JOIN messages m ON m.id = l.message_id AND m.org_id = l.org_id
		  `+sealedJoins+`
		 WHERE l.hash = $1
		   AND m.org_id = $2
		   AND m.recipient_id = $3`, hash[:], v.Org, v.Recipient), v, now)
	if err != nil {
		return store.Sealed{}, db.fault(ctx, op, err)
	}
	m.Attachments, err = attachmentsOf(ctx, db.read, string(m.ID))
	return m, db.fault(ctx, op, err)
}

// What scanSealed scans of a message m, and what it takes besides.
const (
	sealedColumns = sealedBody + `,
		       ` + held + `, ` + unvouched
	sealedBody = `
		       m.id, m.org_id, o.name, o.phone, COALESCE(s.name, ''), m.recipient_id, m.lang,
		       m.created_at, m.expires_at, m.ack, m.answer, m.answered_at, m.reply, m.content, k.version, k.wrapped, r.epoch`
	sealedJoins = `
		  JOIN recipients r ON r.id = m.recipient_id AND r.org_id = m.org_id
		  JOIN orgs o ON o.id = m.org_id
		  LEFT JOIN senders s ON s.id = m.sender_id AND s.org_id = m.org_id
		  LEFT JOIN message_keys k ON k.message_id = m.id AND k.org_id = m.org_id`
)

func scanSealed(r row, v store.Viewer, now time.Time) (store.Sealed, error) {
	var m store.Sealed
	var created, expires, answered, epoch int64
	var version sql.NullInt64
	var reply int
	var content, wrapped []byte
	var sealed, asked bool
	err := r.Scan(&m.ID, &m.Org, &m.OrgName, &m.OrgPhone, &m.SenderName, &m.Recipient, &m.Lang,
		&created, &expires, &m.Ack, &m.Answer, &answered, &reply, &content, &version, &wrapped, &epoch, &sealed, &asked)
	switch {
	case err != nil:
		return m, err
	case epoch != v.Epoch:
		return m, store.ErrRevoked
	case content == nil, wrapped == nil, expires <= Micros(now):
		return m, store.ErrGone
	case sealed:
		return m, store.ErrHeld
	case asked:
		return m, store.ErrUnvouched
	}
	m.Created, m.Expires, m.Answered, m.Reply = Time(created), Time(expires), Time(answered), reply != 0
	m.Content, m.Key = content, seal.DataKey{Version: int(version.Int64), Wrapped: wrapped}
	return m, nil
}

// addReading writes the event that a viewer was shown something, if in the very
// same statement the message is there and the session is not revoked.
const addReading = `
	INSERT INTO events (org_id, message_id, recipient_id, kind, actor_kind, actor_id, addr, detail, at)
	SELECT m.org_id, m.id, m.recipient_id, $1, $2, r.id, $3, $4, $5
	  FROM messages m
	  JOIN message_keys k ON k.message_id = m.id AND k.org_id = m.org_id
	  JOIN recipients r ON r.id = m.recipient_id AND r.org_id = m.org_id
	 WHERE m.id = $6
	   AND m.org_id = $7
	   AND m.recipient_id = $8
	   AND m.wiped_at IS NULL
	   AND m.expires_at > $5
	   AND NOT ` + held + `
	   AND NOT ` + unvouched + `
	   AND r.epoch = $9`

// reading are the arguments of addReading.
func reading(kind store.Kind, detail string, message store.MessageID, v store.Viewer, now time.Time) []any {
	return []any{
		kind, store.ByRecipient, Addr(v.Addr), detail, Micros(now),
		message, v.Org, v.Recipient, v.Epoch,
	}
}

// AddRead records that the viewer was shown the message. It reports false when
// there is nothing the viewer may be shown.
func AddRead(ctx context.Context, tx *sql.Tx, message store.MessageID, v store.Viewer, now time.Time) (bool, error) {
	var notify store.Notify
	var watched bool
	err := tx.QueryRowContext(ctx, addReading+`
		RETURNING (SELECT notify FROM messages WHERE id = events.message_id),
		          EXISTS (SELECT 1 FROM watches WHERE message_id = events.message_id)`,
		reading(store.Read, "", message, v, now)...).Scan(&notify, &watched)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err == nil && watched {
		err = unwatch(ctx, tx, behind{org: v.Org, message: message})
	}
	if err != nil || notify&store.NotifyRead == 0 {
		return err == nil, err
	}
	return true, queueNotice(ctx, tx, message, store.NotifyRead, "", now)
}

// Read implements [store.Reader].
func (db *DB) Read(ctx context.Context, message store.MessageID, v store.Viewer, now time.Time) error {
	return db.Change(ctx, "record read", func(tx *sql.Tx) error {
		recorded, err := AddRead(ctx, tx, message, v, now)
		if err != nil || recorded {
			return err
		}
		return whyUnread(ctx, tx, message, v, now)
	})
}

// record writes the event that the viewer did something to a message, on the terms
// of Read.
func record(ctx context.Context, tx *sql.Tx, kind store.Kind, detail string, message store.MessageID, v store.Viewer, now time.Time) error {
	res, err := tx.ExecContext(ctx, addReading, reading(kind, detail, message, v, now)...)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 1 {
		return err
	}
	return whyUnread(ctx, tx, message, v, now)
}

// whyUnread tells why a reading was not recorded.
func whyUnread(ctx context.Context, q queryer, message store.MessageID, v store.Viewer, now time.Time) error {
	if err := mayRead(ctx, q, message, v, now); err != nil {
		return err
	}
	return store.ErrNotFound
}

// mayRead tells why the viewer may not be shown the message, if so.
func mayRead(ctx context.Context, q queryer, message store.MessageID, v store.Viewer, now time.Time) error {
	var epoch, expires int64
	var wiped, sealed, asked bool
	err := q.QueryRowContext(ctx, `
		SELECT r.epoch, m.expires_at, k.message_id IS NULL, `+held+`, `+unvouched+`
		  FROM messages m
		  JOIN recipients r ON r.id = m.recipient_id AND r.org_id = m.org_id
		  LEFT JOIN message_keys k ON k.message_id = m.id AND k.org_id = m.org_id
		 WHERE m.id = $1
		   AND m.org_id = $2
		   AND m.recipient_id = $3`, message, v.Org, v.Recipient).Scan(&epoch, &expires, &wiped, &sealed, &asked)
	switch {
	case err != nil:
		return err
	case epoch != v.Epoch:
		return store.ErrRevoked
	case wiped, expires <= Micros(now):
		return store.ErrGone
	case sealed:
		return store.ErrHeld
	case asked:
		return store.ErrUnvouched
	}
	return nil
}
