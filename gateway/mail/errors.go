package mail

import (
	"errors"
	"fmt"
	"time"
)

// What [Parse] refuses. Errors wrap one of these with the limit or the reason,
// and repeat nothing of the mail.
var (
	// ErrTooLarge (552): the mail has more bytes than [Limits.Size]. The sender
	// should send less, or fewer attachments at a time.
	ErrTooLarge = errors.New("mail too large")

	// ErrTooComplex (554): the mail is over one of the other limits. No mail
	// program writes such a mail; the sender should write a new one.
	ErrTooComplex = errors.New("mail too complex")

	// ErrNotMail (554): the bytes do not begin with a mail's header. The
	// sender's program is broken.
	ErrNotMail = errors.New("not a mail")

	// ErrUnreadable (554): there is no subject, no text and no attachment in
	// the mail, or none that can be read. The sender should look at what was sent.
	ErrUnreadable = errors.New("nothing to read in the mail")

	// ErrTooSlow (451): [Limits.Budget] ran out. As the work is linear in the
	// mail's size, this machine is too busy and the sender should try again.
	ErrTooSlow = errors.New("no time to read the mail")
)

func tooComplex(what string, limit int) error {
	return fmt.Errorf("%w: more than %d %s", ErrTooComplex, limit, what)
}

// deadline is when the budget for a mail ends.
type deadline time.Time

// check returns [ErrTooSlow] once the budget is spent.
func (d deadline) check() error {
	if time.Now().After(time.Time(d)) {
		return ErrTooSlow
	}
	return nil
}
