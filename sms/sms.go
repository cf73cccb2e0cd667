// Package sms is the contract between the courier and those who carry texts.
//
// A [Text] is a fixed sentence in the patient's language with the name of the
// org and a link or a code, and always one segment. It is made by [LinkText],
// [CodeText] or [EnrolledText], none of which takes any words of a message: no
// health information can travel by SMS. A [Sender] takes it to the phone. What else a
// provider can do is told by further interfaces: say what went out ([Finder])
// and what became of it ([Reporter]), tell landlines ([Looker]), and call us
// ([Listener]).
//
// Texts, links and codes never print: [Text.Body] is the one way to the words. Errors
// hold short codes, never a number or a body.
package sms

import (
	"context"
	"net/http"
	"time"

	"securetext/sms/phone"
)

// Sender carries texts by one road: a provider and the number or name that
// texts come from. It may be called concurrently.
type Sender interface {
	// Name is the provider's: a short lower-case word for logs, metrics and events.
	Name() string
	// Send hands a text over. The errors to tell apart are [ErrPermanent],
	// [ErrOptedOut], [ErrUnsure], [ErrBusy], [ErrAway] and [ErrHalt]; after any
	// but [ErrUnsure] the text has certainly not gone out, and may be sent again.
	// It returns soon after ctx ends.
	Send(ctx context.Context, t Text) (Receipt, error)
}

// Finder is a [Sender] that can be asked what went out, after an [ErrUnsure].
// A text that may have gone out by a road that is no Finder is never sent by
// another.
type Finder interface {
	// Find returns the texts handed over that a query is about, newest first.
	Find(ctx context.Context, q Query) ([]Found, error)
}

// Query asks a [Finder] for texts in doubt.
type Query struct {
	To    phone.Number
	Texts []string  // our ids of them, for providers that keep those
	Since time.Time // none was handed over before
}

// Reporter is a [Sender] that can be asked what became of a text it took, in
// case the callback was lost.
type Reporter interface {
	// Report returns the text's status by the provider's id for it. A text that
	// the provider does not know any more has an empty State.
	Report(ctx context.Context, providerID string) (Status, error)
}

// Looker is a [Sender] that can tell what sort of line a number is, before the
// first text goes there.
type Looker interface {
	// Look returns [ErrLandline] or [ErrDead], in an [Error], for a number that
	// will never get a text, nil for one that may, and [ErrNotAsked] where look-ups
	// are not set up. Any other error: it could not be told.
	Look(ctx context.Context, n phone.Number) error
}

// Listener reads what a provider posts to us, once it is proved to be the
// provider's (S31); what is not is [ErrForged] or [ErrMalformed].
type Listener interface {
	// Callback reads what became of a text.
	Callback(r *http.Request) (Status, error)
	// Inbound reads what a patient texted.
	Inbound(r *http.Request) (Inbound, error)
	// Reply answers the request of an Inbound. The words go to the patient as a
	// text, where the provider does not see to that itself; empty: none.
	Reply(w http.ResponseWriter, words string)
}

// Inbound is a text from a patient. What it said is not kept, but for a word
// that we act on.
type Inbound struct {
	From    phone.Number
	To      []string // our number or name, and what else the provider calls it: see [Road]
	Keyword Keyword
}

// Receipt is what a sender knows once it took a text.
type Receipt struct {
	ProviderID string // the sender's own id for the text, unique for ever
	Delivered  bool   // it is on the phone already, and no callback will say so
}

// Found is a text that a sender remembers.
type Found struct {
	Text       string // our id of it; empty: the provider does not keep it
	ProviderID string
	Body       string // empty where bodies are not kept
	At         time.Time
	State      State
	Code       string // a short code, for undelivered and failed
}

// State is how far a text got. The empty State is one we do not act on.
type State string

// The states of a text at the provider.
const (
	Sent        State = "sent"        // the provider has it, or passed it on
	Undelivered State = "undelivered" // the carrier could not deliver it
	Failed      State = "failed"      // the provider gave up
	Delivered   State = "delivered"   // it reached the phone
)

// Status is what a provider calls back with.
type Status struct {
	Text       string // our id of the text; may be empty
	ProviderID string
	State      State  // empty: nothing to record
	Code       string // a short code such as "twilio_30003", for undelivered and failed
	Transient  bool   // another text may well get through
	Means      error  // what the code asks for, as an error of [Sender]; nil: nothing
}
