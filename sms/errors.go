package sms

import (
	"errors"
	"fmt"
	"time"
)

// The errors of every sender. Any other means: not sent, try again.
var (
	// ErrPermanent: this number will never get this text.
	ErrPermanent = errors.New("text cannot be sent")
	// ErrOptedOut: the patient asked for no more texts. It is permanent too.
	ErrOptedOut = fmt.Errorf("recipient opted out: %w", ErrPermanent)
	// ErrLandline: the number takes no texts. It is permanent too.
	ErrLandline = fmt.Errorf("number takes no texts: %w", ErrPermanent)
	// ErrDead: nobody has the number. It is permanent too.
	ErrDead = fmt.Errorf("nobody has the number: %w", ErrPermanent)
	// ErrUnsure: the text may have gone out; look it up before sending again.
	ErrUnsure = errors.New("text may have been sent")
	// ErrBusy: the provider takes no texts for a while. This one was not taken.
	ErrBusy = errors.New("provider is busy")
	// ErrAway: the provider cannot be reached, or is out of order. This text was
	// not taken.
	ErrAway = errors.New("provider is away")
	// ErrNotAsked: what sort of line a number is was not asked, since that is not
	// set up.
	ErrNotAsked = errors.New("number not looked up")
	// ErrHalt: the account or its carrier set-up is wrong, and every further
	// text would fail alike. An operator has to mend it.
	ErrHalt = errors.New("provider refuses to serve this account")
)

// What is wrong with a post that claims to be a provider's. Neither says more: it
// may be anybody's.
var (
	// ErrForged: its signature or its secret does not hold, or is too old (S31).
	ErrForged = errors.New("not the provider's")
	// ErrMalformed: it is not what the provider posts, or too large to be.
	ErrMalformed = errors.New("malformed post")
)

// Error is a sender's error with the code that events and logs show.
type Error struct {
	Code       string        // short, such as "twilio_21610"
	RetryAfter time.Duration // as the provider asked; zero: it did not say
	Err        error         // what to do about it, or why; never quotes a number or a body
}

func (e *Error) Error() string { return e.Code + ": " + e.Err.Error() }

func (e *Error) Unwrap() error { return e.Err }

// Code returns the short code of an error of a sender: "unknown" where it has
// none.
func Code(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return "unknown"
}

// RetryAfter returns how long the provider asked to be left alone; zero when
// it did not say.
func RetryAfter(err error) time.Duration {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.RetryAfter
	}
	return 0
}
