// Package sms is the contract between the courier and those who carry texts.
//
// A [Text] is a fixed sentence in the patient's language with the name of the
// org and a link, and always one segment. It is made by [LinkText] or
// [EnrolledText], neither of which takes any words of a message: no health
// information can travel by SMS. A [Sender] takes it to the phone; one that can
// be asked what went out is a [Finder] too.
//
// Texts and links never print: [Text.Body] is the one way to the words. Errors
// hold short codes, never a number or a body.
package sms

import (
	"context"
	"time"

	"securetext/sms/phone"
)

// Sender carries texts. It may be called concurrently.
type Sender interface {
	// Name is a short lower-case word for logs, metrics and events.
	Name() string
	// Send hands a text over. The errors to tell apart are [ErrPermanent],
	// [ErrOptedOut], [ErrUnsure], [ErrBusy] and [ErrHalt]; after any other the
	// text has certainly not gone out, and may be sent again. It returns soon
	// after ctx ends.
	Send(ctx context.Context, t Text) (Receipt, error)
}

// Finder is a [Sender] that can be asked what went out, after an [ErrUnsure].
type Finder interface {
	// Find returns the texts handed over for a number since then, newest first.
	Find(ctx context.Context, to phone.Number, since time.Time) ([]Found, error)
}

// Receipt is what a sender knows once it took a text.
type Receipt struct {
	ProviderID string // the sender's own id for the text, unique for ever
	Delivered  bool   // it is on the phone already, and no callback will say so
}

// Found is a text that a sender remembers.
type Found struct {
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
