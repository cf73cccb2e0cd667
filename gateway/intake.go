// Package gateway takes messages in.
//
// Mail ([SMTP], with its four doors), web posts ([API]) and what staff write in the
// console (compose.go) are judged by one set of rules (judge.go) and end in [Intake.Accept], which seals the content and
// stores it before the sender is answered. Senders sign in with what
// credential.go makes, or are known by their mail system (author.go). What is
// refused is answered from tables: verdicts for all inlets, replies for mail,
// problems for the API. Whatever is in none is answered 451 or 503, so that the
// sender keeps the message and tries again.
//
// Nothing is answered 250 or 202 that could still be lost. No content, phone
// number, password or key is in a reply, a log line, a metric or an error.
package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"securetext/gateway/limit"
	"securetext/gateway/option"
	"securetext/gateway/virus"
	"securetext/store"
	"securetext/store/recent"
	"securetext/store/seal"
)

// What [Intake.Accept] refuses; both are for the inlets to see to beforehand.
var (
	errNoRecipient = errors.New("no recipient")
	errLife        = errors.New("message life is not 1 hour to 90 days")
)

// Via is the inlet that a message came by. It stands in its Accepted event.
type Via string

// The inlets.
const (
	ViaSMTP  Via = "smtp"
	ViaRelay Via = "relay"
	ViaLMTP  Via = "lmtp"
	ViaAPI   Via = "api"
	ViaForm  Via = "console"
)

// Submission is a message on its way in, for one or many recipients. However it
// is formatted or logged it shows as "[submission]".
type Submission struct {
	Sender      store.Sender
	By          store.Actor // the sender, or the API key that sends in its name
	Via         Via
	To          []Target // each gets a message of its own; a number said twice counts once
	Subject     string
	From        string // the name shown to the recipient; empty: the sender's registered one
	Text        string
	HTML        string // untrusted, as it came
	TextFold    int    // where in Text what may be folded away begins, or 0
	HTMLFold    int    // likewise in HTML
	Attachments []Attachment
	EnvID       string // the sender's own name for the mail (RFC 3461)
	Auto        bool   // a program wrote it: nothing is ever mailed back
	Test        bool   // its texts must not reach a carrier; those of an org in test mode never do
	Delivery    Delivery
	Idempotency *store.Idempotency

	judged bool // its recipients were, when they were named
}

// Attachment is one file of a [Submission]. Its type is found by looking at the
// bytes, whatever the sender called it.
type Attachment struct {
	Name      string // a base name, never empty
	ContentID string // what cid: links in the HTML call it, without <>
	Inline    bool   // shown within the HTML
	Data      []byte
}

// Format implements [fmt.Formatter] for every verb.
func (s Submission) Format(f fmt.State, _ rune) { fmt.Fprint(f, "[submission]") }

// LogValue implements [slog.LogValuer].
func (s Submission) LogValue() slog.Value { return slog.StringValue("[submission]") }

// MarshalText implements [encoding.TextMarshaler], which JSON uses too.
func (s Submission) MarshalText() ([]byte, error) { return []byte("[submission]"), nil }

// Format implements [fmt.Formatter] for every verb.
func (a Attachment) Format(f fmt.State, _ rune) { fmt.Fprint(f, "[attachment]") }

// LogValue implements [slog.LogValuer].
func (a Attachment) LogValue() slog.Value { return slog.StringValue("[attachment]") }

// MarshalText implements [encoding.TextMarshaler], which JSON uses too.
func (a Attachment) MarshalText() ([]byte, error) { return []byte("[attachment]"), nil }

// Intake is the one door for messages. All fields are set before first use; those
// that may be left zero say so. Safe for concurrent use.
type Intake struct {
	Store     store.Writer
	Directory store.Directory
	Verdicts  store.Verdicts
	Keys      *seal.Keyring
	Index     seal.Index
	Nudge     func() // tells the courier that there is work; must not block
	Now       func() time.Time
	Log       *slog.Logger
	Metrics   *Metrics
	// Limiter counts against Rates, in all inlets. Nil: nothing is limited.
	Limiter limit.Limiter
	Rates   Rates
	// Virus looks at every message before it is stored. Nil: nothing does.
	Virus virus.Scanner
	// Memory is how many bytes of mails and posts are held at once. Zero:
	// [DefaultMemory].
	Memory int64

	orgs   recent.Orgs
	met    acquaintances
	hosts  smarthostCache
	bodies bodies
}

// Accept seals and stores one message for each distinct number, all or none, in
// the order in which the numbers were first named. When it returns without
// error they are durable and the courier knows.
//
// Its errors are those of [store.Writer] and [store.Directory], wrapped.
func (in *Intake) Accept(ctx context.Context, sub Submission) (store.Stored, error) {
	begun := in.Now()
	stored, err := in.store(ctx, sub, begun)
	if err != nil {
		return store.Stored{}, err
	}
	in.Nudge()
	in.Metrics.accepted(sub.Via, len(stored.Messages), stored.Replayed, in.Now().Sub(begun))
	logAccepted(in.Log, sub, stored)
	return stored, nil
}

// store seals and stores. A recipient who was new, and is known by another process
// in the meantime, has another id: what is theirs is sealed anew.
func (in *Intake) store(ctx context.Context, sub Submission, now time.Time) (store.Stored, error) {
	for try := 0; ; try++ {
		a, err := in.acceptance(ctx, sub, now)
		if err != nil {
			return store.Stored{}, fmt.Errorf("seal messages: %w", err)
		}
		stored, err := in.Store.Accept(ctx, a)
		if err == nil {
			return stored, nil
		}
		if try == 3 || !errors.Is(err, store.ErrKnown) {
			return store.Stored{}, fmt.Errorf("store messages: %w", err)
		}
	}
}

// Org finds an org. What it returns may be up to [recent.For] old.
func (in *Intake) Org(ctx context.Context, id store.OrgID) (store.Org, error) {
	return in.orgs.Find(ctx, in.Directory, id, in.Now())
}

func (in *Intake) acceptance(ctx context.Context, sub Submission, now time.Time) (store.Acceptance, error) {
	org, err := in.Org(ctx, sub.Sender.Org)
	if err != nil {
		return store.Acceptance{}, fmt.Errorf("find org: %w", err)
	}
	if sub, err = completed(sub, org); err != nil {
		return store.Acceptance{}, err
	}
	a := store.Acceptance{By: sub.By, Detail: string(sub.Via), Idempotency: sub.Idempotency, At: now}
	content := contentOf(sub)
	for _, t := range distinct(sub.To) {
		m, err := in.message(ctx, sub, content, t, now)
		if err != nil {
			return store.Acceptance{}, err
		}
		a.Messages = append(a.Messages, m)
	}
	return a, nil
}

// completed is sub with what it leaves to the org filled in.
func completed(sub Submission, org store.Org) (Submission, error) {
	if len(sub.To) == 0 {
		return sub, errNoRecipient
	}
	sub.To = slices.Clone(sub.To)
	for i, t := range sub.To {
		sub.To[i] = t.completed(org, sub.Auto)
		if life := sub.To[i].Options.Life; life < option.MinLife || life > option.MaxLife {
			return sub, errLife
		}
	}
	if sub.From == "" {
		sub.From = sub.Sender.Name
	}
	sub.Test = sub.Test || org.Policy.Test
	return sub, nil
}
