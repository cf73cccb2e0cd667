package notice

import (
	"context"
	"errors"
)

// Sender hands mails over. Its errors are [ErrPermanent] and [ErrHeld] with a
// code in an [Error]; any other means: try again. Safe for concurrent use.
type Sender interface {
	// Send hands over one mail, from the null sender to one address. When it
	// returns nil the other side has taken charge of it.
	Send(ctx context.Context, to string, mail []byte) error
}

var (
	// ErrPermanent: this mail, or webhook, will never be taken.
	ErrPermanent = errors.New("refused for good")
	// ErrHeld: no mail of ours is taken at present, or nobody is there to take it.
	ErrHeld = errors.New("smarthost takes no mails")

	errTemporary = errors.New("not taken yet")
	errUnsure    = errors.New("mail may have been taken")
)

// Error is a sender's error with the code that events and logs show.
type Error struct {
	Code string // short, such as "smtp_550_5.1.1"
	Err  error
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
