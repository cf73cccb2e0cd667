package console

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"securetext/sms"
	"securetext/store"
)

// Desk is what other roles do for the console. They never meet it: whoever wires
// them together makes one.
type Desk interface {
	// Status tells what became of a message of an org, in plain words.
	Status(ctx context.Context, org store.OrgID, id store.MessageID) (Status, error)
	// Compose takes a draft in, or says what is wrong with it. With dryRun nothing
	// is stored.
	Compose(ctx context.Context, d Draft, dryRun bool) (store.MessageID, []Complaint, error)
	// Preview is the text of a kind that a new patient would get.
	Preview(org store.Org, kind sms.Kind, lang string) (string, error)
	// Languages are those that texts and pages can be in.
	Languages() []string
	// NewAppPassword and NewAPIKey make a secret that is shown once, and what is
	// stored of it.
	NewAppPassword() (shown string, hash store.SecretHash)
	NewAPIKey(now time.Time, test bool) (shown string, id store.KeyID, hash store.SecretHash)
	// Nudge tells the courier that a text waits; it does not block.
	Nudge()
}

// Status is what became of a message.
type Status struct {
	ID        store.MessageID
	Kind      store.Kind // the last step
	Reference string
	Steps     []Step
	Waits     *Wait  // nil: no text is put off
	Passcode  string // "asked" or "given"; empty: none is asked for
	Answer    string // what the patient answered by a button; empty: nothing
	Answered  time.Time
	Created   time.Time
	SendAt    time.Time // zero: at once
	ReadBy    time.Time // zero: none
	Expires   time.Time
	Wiped     time.Time // zero: not
	Expired   time.Time // zero: not
	Test      bool
	Events    []StatusEvent
}

// Step is a rung of the ladder; of one that went wrong, why and what to do.
type Step struct {
	Kind            store.Kind
	At              time.Time
	Code, Why, Next string
}

// Wait is what a text waits for.
type Wait struct {
	Code, Why string
	Since     time.Time
}

// StatusEvent is an event without who caused it.
type StatusEvent struct {
	Kind   store.Kind
	At     time.Time
	Detail string
}

// Draft is a message as it is written into the form. However it is formatted or
// logged it shows as "[draft]".
type Draft struct {
	Sender  store.Sender
	By      store.Actor
	To      string
	Subject string
	Text    string
	Options map[string]string
	Once    string // so that a form sent twice makes one message
}

// Format implements [fmt.Formatter] for every verb.
func (d Draft) Format(f fmt.State, _ rune) { fmt.Fprint(f, "[draft]") }

// LogValue implements [slog.LogValuer].
func (d Draft) LogValue() slog.Value { return slog.StringValue("[draft]") }

// MarshalText implements [encoding.TextMarshaler], which JSON uses too.
func (d Draft) MarshalText() ([]byte, error) { return []byte("[draft]"), nil }

// Complaint is what keeps a draft from being sent: the field, or empty for all of
// it, and a sentence.
type Complaint struct{ Field, Why string }
