// Package disclosure tells of one patient what was shown of their messages, to whom,
// when and why: the accounting of disclosures that 45 CFR 164.528 speaks of.
//
// It tells more than the rule asks for. What a patient saw themselves, and what was
// shown for treatment, need not be accounted for; both stand in it, under their
// reasons, so that whoever asks "who saw this" is answered whole. It never tells what
// a message said.
package disclosure

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"strings"
	"time"

	"securetext/store"
	"securetext/store/eventfile"
)

// Years is how far back the rule has a patient ask, and how long events are kept.
const Years = 6

// Disclosure is one look at what a message says.
type Disclosure struct {
	At      time.Time
	To      store.Actor
	What    string // in words
	Message store.MessageID
	Why     string // in words
	Event   int64  // the seq of the event that tells of it
}

// whys are the reasons, by the kind of event.
var whys = map[store.Kind]struct{ what, why string }{
	store.Read:            {"The message", "The patient’s own access, 164.528(a)(1)(ii)"},
	store.AttachmentRead:  {"An attachment", "The patient’s own access, 164.528(a)(1)(ii)"},
	store.EmergencyOpened: {"The message", "Emergency access, approved by a second admin, 164.312(a)(2)(ii)"},
	store.ReplyRead:       {"The patient’s reply", "Treatment: read for its addressee, 164.528(a)(1)(i)"},
	store.ShownToSender:   {"The message", "Treatment: shown to who wrote it, 164.528(a)(1)(i)"},
}

// Of reads an event; most disclose nothing.
func Of(e store.Event) (Disclosure, bool) {
	w, ok := whys[e.Kind]
	if !ok {
		return Disclosure{}, false
	}
	what := w.what
	if e.Detail != "" {
		what += " (" + e.Detail + ")"
	}
	return Disclosure{e.At.UTC(), e.By, what, e.Message, w.why, e.Seq}, true
}

// List calls each with the disclosures of a filter, oldest first.
func List(ctx context.Context, log store.Log, f store.EventFilter, each func(Disclosure) error) error {
	return eventfile.Copy(ctx, log, f, only{each})
}

// only is an [eventfile.Writer] of disclosures alone.
type only struct{ each func(Disclosure) error }

func (o only) Write(e store.Event) error {
	if d, ok := Of(e); ok {
		return o.each(d)
	}
	return nil
}

func (o only) Flush() error { return nil }

// CSV writes disclosures with whom they were made to, in words.
type CSV struct {
	out  *csv.Writer
	name func(store.Actor) string
}

// NewCSV begins a file.
func NewCSV(w io.Writer, name func(store.Actor) string) CSV {
	c := CSV{csv.NewWriter(w), name}
	_ = c.out.Write([]string{"at", "to", "to_kind", "to_id", "addr", "what", "message", "why", "event"}) // Flush tells
	return c
}

// Write writes one.
func (c CSV) Write(d Disclosure) error {
	addr := ""
	if d.To.Addr.IsValid() {
		addr = d.To.Addr.String()
	}
	return c.out.Write(eventfile.Inert(
		d.At.Format(time.RFC3339), c.name(d.To), string(d.To.Kind), d.To.ID, addr, d.What, string(d.Message), d.Why, fmt.Sprint(d.Event),
	))
}

// Flush hands on what was written.
func (c CSV) Flush() error {
	c.out.Flush()
	return c.out.Error()
}

// Who is an actor in words, where nobody knows their name.
func Who(by store.Actor) string {
	switch by.Kind {
	case store.ByRecipient:
		return "The patient"
	case store.ByKey:
		return "API key " + by.ID
	case store.ByVisitor:
		return "Somebody not signed in"
	case store.ByBot:
		return "A program"
	case store.BySystem:
		return strings.TrimSpace("The service " + by.ID)
	case store.ByCarrier:
		return strings.TrimSpace("The carrier " + by.ID)
	case store.ByOperator:
		return "Operator " + by.ID
	}
	return string(by.Kind) + " " + by.ID
}
