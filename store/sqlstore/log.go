package sqlstore

import (
	"context"
	"slices"

	"securetext/store"
)

// Messages implements [store.Log].
func (db *DB) Messages(ctx context.Context, f store.MessageFilter) ([]store.MessageInfo, error) {
	const op = "list messages"
	c, err := messageConditions(ctx, db.read, f)
	if err != nil {
		return nil, db.fault(ctx, op, err)
	}
	limit := f.Limit
	if limit <= 0 {
		limit = 100
	}
	infos, err := collect(ctx, db.read, scanMessageInfo, `
		SELECT id, org_id, sender_id, recipient_id, reference, lang, created_at, expires_at,
		       read_by, send_at, test, COALESCE(wiped_at, 0), COALESCE(expired_at, 0),
		       thread, passcode IS NOT NULL,
		       EXISTS (SELECT 1 FROM recipients r WHERE r.id = recipient_id AND r.org_id = m.org_id AND r.vouched_at <> 0),
		       answer,
		       (SELECT COUNT(*) FROM replies y WHERE y.message_id = m.id),
		       (SELECT COUNT(*) FROM replies y WHERE y.message_id = m.id AND y.read_at = 0),
		       COALESCE((SELECT MIN(h.placed_at) `+holdsOn+`), 0)
		  FROM messages m
		 `+c.where()+`
		 ORDER BY id DESC
		 LIMIT `+c.arg(limit), c.args...)
	if err != nil {
		return nil, db.fault(ctx, op, err)
	}
	for some := range slices.Chunk(infos, 500) { // placeholders are not without end
		if err := addStatus(ctx, db.read, some); err != nil {
			return nil, db.fault(ctx, op, err)
		}
	}
	return infos, nil
}

func messageConditions(ctx context.Context, q queryer, f store.MessageFilter) (*conditions, error) {
	c := new(conditions)
	if f.Org != "" {
		c.add("org_id = %s", f.Org)
	}
	if f.ID != "" {
		c.add("id = %s", f.ID)
	}
	if f.Sender != "" {
		c.add("sender_id = %s", f.Sender)
	}
	if f.Recipient != "" {
		all, err := family(ctx, q, f.Recipient)
		if err != nil {
			return nil, err
		}
		in(c, "recipient_id", all)
	}
	if f.Reference != "" {
		c.add("reference = %s AND reference <> ''", f.Reference)
	}
	if f.Unread {
		unread := "SELECT y.message_id FROM replies y WHERE y.read_at = 0"
		if f.Org != "" {
			unread += " AND y.org_id = " + c.arg(f.Org)
		}
		c.clauses = append(c.clauses, "id IN ("+unread+")")
	}
	if !f.Since.IsZero() { // and by the id, which an index has in order
		c.add("created_at >= %s", Micros(f.Since))
		c.add("id >= %s", store.FirstMessageID(f.Since))
	}
	if f.Before != "" {
		c.add("id < %s", f.Before)
	}
	return c, nil
}

func scanMessageInfo(r row) (store.MessageInfo, error) {
	var m store.MessageInfo
	var created, expires, readBy, sendAt, wiped, expired, held int64
	var test int
	err := r.Scan(&m.ID, &m.Org, &m.Sender, &m.Recipient, &m.Reference, &m.Lang,
		&created, &expires, &readBy, &sendAt, &test, &wiped, &expired,
		&m.Thread, &m.Passcode, &m.Vouched, &m.Answer, &m.Replies, &m.Unread, &held)
	m.ReadBy, m.SendAt, m.Test = Time(readBy), Time(sendAt), test != 0
	m.Created, m.Expires = Time(created), Time(expires)
	m.Wiped, m.Expired, m.Held = Time(wiped), Time(expired), Time(held)
	return m, err
}

// addStatus fills in how far each message got.
func addStatus(ctx context.Context, q queryer, infos []store.MessageInfo) error {
	ids := make([]store.MessageID, len(infos))
	for i, m := range infos {
		ids[i] = m.ID
	}
	c := new(conditions)
	in(c, "message_id", ids)
	events, err := collect(ctx, q, scanStep, `
		SELECT message_id, kind, actor_kind
		  FROM events
		 `+c.where()+`
		 ORDER BY seq`, c.args...)
	if err != nil {
		return err
	}
	steps := map[store.MessageID][]store.Event{}
	for _, e := range events {
		steps[e.Message] = append(steps[e.Message], e)
	}
	for i, m := range infos {
		infos[i].Status, infos[i].Trouble = store.Status(steps[m.ID]), store.Trouble(steps[m.ID])
	}
	return nil
}

func scanStep(r row) (e store.Event, err error) {
	err = r.Scan(&e.Message, &e.Kind, &e.By.Kind)
	return e, err
}
