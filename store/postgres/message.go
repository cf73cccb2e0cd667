package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"securetext/store"
	"securetext/store/seal"
	"securetext/store/sqlstore"
	"securetext/store/token"
)

// held tells of a message m and its recipient r whether it is sealed, as sqlstore
// says it.
const held = `(m.held_at > m.released_at OR (m.created_at < r.reset_at AND m.released_at < r.reset_at))`

// unvouched tells of a message m and its recipient r whether a passcode is asked
// for that nobody gave, as sqlstore says it.
const unvouched = `(m.passcode IS NOT NULL AND r.vouched_at = 0)`

// loadMessage finds a message with all that its page shows, attachments too. A
// message whose key is missing is gone, wiped or not: so it is after an old
// backup was restored.
const loadMessage = `
	SELECT m.id, m.org_id, o.name, o.phone, COALESCE(s.name, ''), m.recipient_id, m.lang, m.created_at, m.expires_at,
	       m.ack, m.answer, m.answered_at, m.reply, m.content, COALESCE(k.version, 0), k.wrapped, r.epoch,
	       ` + held + `, ` + unvouched + `,
	       ARRAY(SELECT part FROM attachments WHERE message_id = m.id ORDER BY part),
	       ARRAY(SELECT size FROM attachments WHERE message_id = m.id ORDER BY part)
	  FROM links l
	  JOIN messages m ON m.id = l.message_id AND m.org_id = l.org_id
	  JOIN recipients r ON r.id = m.recipient_id AND (r.org_id = m.org_id) IS TRUE
	  JOIN orgs o ON o.id = m.org_id
	  LEFT JOIN senders s ON s.id = m.sender_id AND s.org_id = m.org_id
	  LEFT JOIN message_keys k ON k.message_id = m.id AND k.org_id = m.org_id
	 WHERE l.hash = $1
	   AND m.org_id = $2
	   AND m.recipient_id = $3`

// Message implements [store.Reader].
func (db *DB) Message(ctx context.Context, hash token.Hash, v store.Viewer, now time.Time) (store.Sealed, error) {
	const op = "load message"
	bound, cancel := within(ctx)
	defer cancel()
	m, err := scanSealed(db.pool.QueryRow(bound, loadMessage, hash[:], v.Org, v.Recipient), v, now)
	if err != nil {
		return store.Sealed{}, fault(ctx, op, err)
	}
	return m, nil
}

func scanSealed(row pgx.Row, v store.Viewer, now time.Time) (store.Sealed, error) {
	var m store.Sealed
	var created, expires, answered, epoch int64
	var content, wrapped []byte
	var held, asked bool
	var parts []int
	var reply int
	var sizes []int64
	err := row.Scan(&m.ID, &m.Org, &m.OrgName, &m.OrgPhone, &m.SenderName, &m.Recipient, &m.Lang, &created, &expires,
		&m.Ack, &m.Answer, &answered, &reply, &content, &m.Key.Version, &wrapped, &epoch, &held, &asked, &parts, &sizes)
	switch {
	case err != nil:
		return m, err
	case epoch != v.Epoch:
		return m, store.ErrRevoked
	case content == nil, wrapped == nil, expires <= sqlstore.Micros(now):
		return m, store.ErrGone
	case held:
		return m, store.ErrHeld
	case asked:
		return m, store.ErrUnvouched
	}
	m.Created, m.Expires, m.Answered = sqlstore.Time(created), sqlstore.Time(expires), sqlstore.Time(answered)
	m.Reply = reply != 0
	m.Content, m.Key.Wrapped = seal.Ciphertext(content), seal.Ciphertext(wrapped)
	for i, part := range parts {
		m.Attachments = append(m.Attachments, store.AttachmentInfo{Part: part, Size: sizes[i]})
	}
	return m, nil
}
