package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"net/netip"
	"slices"
	"strings"

	"securetext/store"
)

// AddEvent writes an event in the transaction of its change.
func AddEvent(ctx context.Context, tx *sql.Tx, e store.Event) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO events (org_id, message_id, recipient_id, kind, actor_kind, actor_id, addr, detail, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		e.Org, textOrNull(e.Message), textOrNull(e.Recipient), e.Kind,
		e.By.Kind, e.By.ID, Addr(e.By.Addr), e.Detail, Micros(e.At))
	return err
}

// Addr is an address as stored: empty when there is none.
func Addr(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}

// system is the part of the service that made a change on its own.
func system(part string) store.Actor {
	return store.Actor{Kind: store.BySystem, ID: part}
}

// Events implements [store.Log].
func (db *DB) Events(ctx context.Context, f store.EventFilter) ([]store.Event, error) {
	const op = "find events"
	c, err := eventConditions(ctx, db.read, f)
	if err != nil {
		return nil, db.fault(ctx, op, err)
	}
	if f.Limit <= 0 {
		f.Limit = 1000
	}
	if f.Person == "" {
		events, err := db.events(ctx, c, f)
		return events, db.fault(ctx, op, err)
	}
	var events []store.Event
	for _, one := range ofPerson(c, f.Person) {
		found, err := db.events(ctx, one, f)
		if err != nil {
			return nil, db.fault(ctx, op, err)
		}
		events = append(events, found...)
	}
	return merged(events, f), nil
}

// ofPerson are the conditions of what somebody did, and of what is about them; of an
// ask, those of what is about it. Each is found by an index of its own.
func ofPerson(c *conditions, who string) []*conditions {
	first, about := c.clone(), c
	if strings.HasPrefix(who, "ask_") { // in an emergency the events are the message's, too
		first.add("message_id = (SELECT message_id FROM asks WHERE id = %s)", who)
		first.add("substr(detail, 1, 30) = %s", who)
	} else {
		first.add("actor_id = %s", who)
		first.clauses = append(first.clauses, "actor_kind IN ('staff', 'sender', 'key')")
	}
	about.add("substr(detail, 1, 30) = %s", who)
	about.clauses = append(about.clauses, "message_id IS NULL", "recipient_id IS NULL")
	return []*conditions{first, about}
}

func (db *DB) events(ctx context.Context, c *conditions, f store.EventFilter) ([]store.Event, error) {
	order := "seq"
	if f.Newest {
		order = "seq DESC"
	}
	return collect(ctx, db.read, scanEvent, `
		SELECT seq, org_id, COALESCE(message_id, ''), COALESCE(recipient_id, ''), kind,
		       actor_kind, actor_id, addr, detail, at
		  FROM events
		 `+c.where()+`
		 ORDER BY `+order+`
		 LIMIT `+c.arg(f.Limit), c.args...)
}

// merged puts events of two finds in order, each once, as many as were asked for.
func merged(events []store.Event, f store.EventFilter) []store.Event {
	slices.SortFunc(events, func(a, b store.Event) int {
		if f.Newest {
			a, b = b, a
		}
		return cmp.Compare(a.Seq, b.Seq)
	})
	events = slices.CompactFunc(events, func(a, b store.Event) bool { return a.Seq == b.Seq })
	return events[:min(len(events), f.Limit)]
}

func eventConditions(ctx context.Context, q queryer, f store.EventFilter) (*conditions, error) {
	c := new(conditions)
	if f.Org != "" {
		c.add("org_id = %s", f.Org)
	}
	if f.Message != "" {
		c.add("message_id = %s", f.Message)
	}
	if f.Recipient != "" {
		all, err := family(ctx, q, f.Recipient)
		if err != nil {
			return nil, err
		}
		in(c, "recipient_id", all)
	}
	if f.Kind != "" {
		c.add("kind = %s", f.Kind)
	}
	if !f.Since.IsZero() {
		c.add("at >= %s", Micros(f.Since))
	}
	if !f.Until.IsZero() {
		c.add("at < %s", Micros(f.Until))
	}
	if f.After != 0 {
		c.add("seq > %s", f.After)
	}
	if f.Before != 0 {
		c.add("seq < %s", f.Before)
	}
	return c, nil
}

func scanEvent(r row) (store.Event, error) {
	var e store.Event
	var addr string
	var at int64
	err := r.Scan(&e.Seq, &e.Org, &e.Message, &e.Recipient, &e.Kind,
		&e.By.Kind, &e.By.ID, &addr, &e.Detail, &at)
	if err != nil {
		return e, err
	}
	e.At = Time(at)
	if addr != "" {
		e.By.Addr, err = netip.ParseAddr(addr)
	}
	return e, err
}
