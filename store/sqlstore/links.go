package sqlstore

import (
	"context"
	"database/sql"
	"time"

	"securetext/store"
	"securetext/store/token"
)

// Link implements [store.Reader].
func (db *DB) Link(ctx context.Context, hash token.Hash, device store.DeviceHash, now time.Time) (store.Link, error) {
	l, err := scanLink(db.read.QueryRowContext(ctx, `
		SELECT m.org_id, o.name, o.phone, o.logo, o.logo_width, o.logo_height, m.id, m.recipient_id, COALESCE(r.family_id, r.id), r.key_version, r.key_wrapped, r.number, r.person,
		       COALESCE(k.version, 0), k.wrapped, m.hint, m.lang, l.created_at, m.expires_at, COALESCE(m.wiped_at, 0), COALESCE(m.expired_at, 0), `+held+`,
		       m.held_at > m.released_at, COALESCE(r.password, ''), COALESCE(d.passkey, 0),
		       EXISTS (SELECT 1
		                 FROM passkeys p
		                WHERE p.recipient_id = r.id
		                  AND p.org_id = r.org_id), `+trustColumns+`
		  FROM links l
		  JOIN messages m ON m.id = l.message_id AND m.org_id = l.org_id
		  JOIN recipients r ON r.id = m.recipient_id AND r.org_id = m.org_id
		  JOIN orgs o ON o.id = m.org_id
		  LEFT JOIN message_keys k ON k.message_id = m.id AND k.org_id = m.org_id
		  LEFT JOIN devices d ON d.recipient_id = r.id AND d.device = $2
		 WHERE l.hash = $1`, hash[:], device[:]), now)
	return l, db.fault(ctx, "find link", err)
}

func scanLink(r row, now time.Time) (store.Link, error) {
	var l store.Link
	var t trust
	var settled asBool
	var texted, expires, wiped, expired int64
	err := r.Scan(append([]any{&l.Org, &l.OrgName, &l.OrgPhone, &l.OrgLogo.ID, &l.OrgLogo.Width, &l.OrgLogo.Height, &l.Message, &l.Recipient, &l.Family,
		&l.NumberKey.Version, &l.NumberKey.Wrapped, &l.Number, (*[]byte)(&l.Person),
		&l.Key.Version, (*[]byte)(&l.Key.Wrapped), (*[]byte)(&l.Hint), &l.Lang, &texted, &expires, &wiped, &expired, &l.Held, &l.Disowned, &l.Password, &settled, &l.Passkeys}, t.dest()...)...)
	if err != nil {
		return store.Link{}, err
	}
	l.Texted, l.Expires = Time(texted), Time(expires)
	l.Device, l.MustProve = t.device(now), t.mustProve(now)
	l.Device.Passkey = bool(settled)
	l.CodeFirst, l.Passcode = t.codeFirst, t.passcode(now)
	switch {
	case wiped != 0 && expired == 0:
		l.State = store.LinkWiped
	case expired != 0, expires <= Micros(now):
		l.State = store.LinkExpired
	}
	return l, nil
}

// behind is what stands behind a link.
type behind struct {
	org       store.OrgID
	message   store.MessageID
	recipient store.RecipientID
	texted    time.Time
	gone      bool
}

func findBehind(ctx context.Context, q queryer, hash token.Hash, now time.Time) (behind, error) {
	var b behind
	var texted int64
	err := q.QueryRowContext(ctx, `
		SELECT m.org_id, m.id, m.recipient_id, l.created_at, m.wiped_at IS NOT NULL OR m.expires_at <= $1
		  FROM links l
		  JOIN messages m ON m.id = l.message_id AND m.org_id = l.org_id
		 WHERE l.hash = $2`, Micros(now), hash[:]).Scan(&b.org, &b.message, &b.recipient, &texted, &b.gone)
	b.texted = Time(texted)
	return b, err
}

// event is one about what is behind the link.
func (b behind) event(kind store.Kind, by store.Actor, now time.Time) store.Event {
	return store.Event{Org: b.org, Message: b.message, Recipient: b.recipient, Kind: kind, By: by, At: now}
}

// hold keeps the message from being wiped until the transaction ends. It is
// [store.ErrGone] when it already was, or its life is over.
func hold(ctx context.Context, tx *sql.Tx, b behind, now time.Time) error {
	res, err := tx.ExecContext(ctx, `
		UPDATE messages
		   SET lang = lang
		 WHERE id = $1
		   AND org_id = $2
		   AND wiped_at IS NULL
		   AND expires_at > $3`, b.message, b.org, Micros(now))
	return oneRow(res, err, store.ErrGone)
}

// Opened implements [store.Reader]. Most openings are not the first: those are
// told by a read alone.
func (db *DB) Opened(ctx context.Context, hash token.Hash, by store.Actor, now time.Time) error {
	const op = "record opened"
	b, err := findBehind(ctx, db.read, hash, now)
	if err != nil {
		return db.fault(ctx, op, err)
	}
	if before, err := openedBefore(ctx, db.read, b, by); err != nil || before {
		return db.fault(ctx, op, err)
	}
	return db.Change(ctx, op, func(tx *sql.Tx) error {
		if err := oneAtATime(ctx, tx, b); err != nil {
			return err
		}
		if before, err := openedBefore(ctx, tx, b, by); err != nil || before {
			return err
		}
		return AddEvent(ctx, tx, b.event(store.Opened, by, now))
	})
}

// openedBefore tells bots and all others apart.
func openedBefore(ctx context.Context, q queryer, b behind, by store.Actor) (bool, error) {
	var n int
	err := q.QueryRowContext(ctx, `
		SELECT count(*)
		  FROM events
		 WHERE message_id = $1
		   AND kind = $2
		   AND (actor_kind = $3) = $4`,
		b.message, store.Opened, store.ByBot, by.Kind == store.ByBot).Scan(&n)
	return n > 0, err
}

// oneAtATime lets only one transaction at a time go on with a message, in
// whatever state it is.
func oneAtATime(ctx context.Context, tx *sql.Tx, b behind) error {
	_, err := tx.ExecContext(ctx, `
		UPDATE messages
		   SET lang = lang
		 WHERE id = $1
		   AND org_id = $2`, b.message, b.org)
	return err
}

// AskAgain implements [store.Reader].
func (db *DB) AskAgain(ctx context.Context, hash token.Hash, by store.Actor, now time.Time) error {
	return db.Change(ctx, "ask for message again", func(tx *sql.Tx) error {
		b, err := findBehind(ctx, tx, hash, now)
		if err != nil {
			return err
		}
		if err := oneAtATime(ctx, tx, b); err != nil {
			return err
		}
		var expired bool
		var asked int
		err = tx.QueryRowContext(ctx, `
			SELECT expires_at <= $1 AND (wiped_at IS NULL OR expired_at IS NOT NULL),
			       (SELECT count(*)
			          FROM events
			         WHERE message_id = $2
			           AND kind = $3
			           AND at > $4)
			  FROM messages
			 WHERE id = $2`, Micros(now), b.message, store.Asked, Micros(now.Add(-store.AskAgainEvery))).Scan(&expired, &asked)
		switch {
		case err != nil:
			return err
		case !expired:
			return store.ErrConflict
		case asked > 0:
			return store.ErrThrottled
		}
		if err := queueNotice(ctx, tx, b.message, store.NotifyAsked, "", now); err != nil {
			return err
		}
		return AddEvent(ctx, tx, b.event(store.Asked, by, now))
	})
}
