package gateway

import (
	"errors"
	"fmt"
	"strings"

	"github.com/emersion/go-smtp"

	"securetext/gateway/mail"
	"securetext/sms/phone"
	"securetext/store"
)

// What is refused in a dialogue, apart from what the leaves and the store refuse.
var (
	errNoTLS        = errors.New("no TLS")
	errNotSignedIn  = errors.New("not signed in")
	errBadPassword  = errors.New("wrong name or password")
	errTooManyTries = errors.New("too many wrong passwords")
	errNested       = errors.New("a mail is begun already")
	errBounce       = errors.New("empty return path")
	errNotYours     = errors.New("not the sender's address")
	errAmbiguous    = errors.New("several authors")
	errRelay        = errors.New("not our domain")
	errPostmaster   = errors.New("no mailbox of ours")
	errOption       = errors.New("unknown option")
	errBareLine     = errors.New("bare CR or LF")
	errBroken       = errors.New("a mail in chunks was given up")
	errCutOff       = errors.New("the mail was cut off")
	errShutDown     = errors.New("shutting down")
	errPanicked     = errors.New("panicked")
	errPlaintext    = errors.New("plaintext after the TLS handshake") // to no one
)

// replies gives the SMTP reply for each error that is foreseen, in this order.
// Without a text the error's own words are the reply: they are written for the
// sender and repeat nothing of the mail. Any other error is [errUnknown], so
// that the sender's program keeps the mail and tries again (S25).
var replies = []struct {
	err      error
	code     int
	enhanced smtp.EnhancedCode
	text     string
}{
	{errNoTLS, 530, smtp.EnhancedCode{5, 7, 0}, "Start TLS first"},
	{errNotSignedIn, 530, smtp.EnhancedCode{5, 7, 0}, "Sign in first, with your address and an app password"},
	{errBadPassword, 535, smtp.EnhancedCode{5, 7, 8}, "Wrong address or app password"},
	{errTooManyTries, 421, smtp.EnhancedCode{4, 7, 0}, "Too many wrong passwords"},
	{errNested, 503, smtp.EnhancedCode{5, 5, 1}, "Not inside a mail: finish it, or send RSET"},
	{errBounce, 550, smtp.EnhancedCode{5, 7, 1}, "Bounces and automatic replies are not taken here"},
	{errNotYours, 550, smtp.EnhancedCode{5, 7, 1}, "You may not send from this address"},
	{errAmbiguous, 550, smtp.EnhancedCode{5, 7, 1}, "The From field must name one author"},
	{errRelay, 550, smtp.EnhancedCode{5, 7, 1}, "Only mail to <phone number>@<our domain> is taken here"},
	{errPostmaster, 550, smtp.EnhancedCode{5, 1, 1}, "No mail is read here: please call the operator of this service"},
	{errOption, 550, smtp.EnhancedCode{5, 1, 3}, ""},
	{phone.ErrNotNumber, 550, smtp.EnhancedCode{5, 1, 3}, ""},
	{mail.ErrTooLarge, 552, smtp.EnhancedCode{5, 3, 4}, "The mail is too large"},
	{errBareLine, 554, smtp.EnhancedCode{5, 6, 0}, "Lines must end in CR LF, and neither may stand alone"},
	{mail.ErrTooComplex, 554, smtp.EnhancedCode{5, 6, 0}, ""},
	{mail.ErrNotMail, 554, smtp.EnhancedCode{5, 6, 0}, ""},
	{mail.ErrUnreadable, 554, smtp.EnhancedCode{5, 6, 0}, ""},
	{smtp.ErrTooLongLine, 554, smtp.EnhancedCode{5, 6, 0}, "A line of the mail is too long"},
	{mail.ErrTooSlow, 451, smtp.EnhancedCode{4, 3, 0}, "Too busy, try again later"},
	{errCutOff, 451, smtp.EnhancedCode{4, 4, 2}, "The mail did not arrive whole"},
	{errBroken, 421, smtp.EnhancedCode{4, 5, 0}, "Connect again: the last mail was given up half-way"},
	{errShutDown, 421, smtp.EnhancedCode{4, 3, 2}, "Shutting down, try again later"},
	{store.ErrFull, 452, smtp.EnhancedCode{4, 3, 1}, "No room at the moment, try again later"},
	{store.ErrUnavailable, 451, smtp.EnhancedCode{4, 3, 0}, "Cannot store the mail at the moment, try again later"},
}

var (
	errUnknown = smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "Something went wrong here, try again later"}
	errBusy    = smtp.SMTPError{Code: 421, EnhancedCode: smtp.EnhancedCode{4, 7, 0}, Message: "Too many connections, try again later"}
)

// replyTo looks err up in the table, and reports whether it is foreseen.
func replyTo(err error) (answer *smtp.SMTPError, known bool) {
	for _, r := range replies {
		if !errors.Is(err, r.err) {
			continue
		}
		text := r.text
		if text == "" {
			text = sentence(err)
		}
		return &smtp.SMTPError{Code: r.code, EnhancedCode: r.enhanced, Message: text}, true
	}
	unknown := errUnknown
	return &unknown, false
}

// sentence is an error's words as a reply begins them.
func sentence(err error) string {
	words := err.Error()
	return strings.ToUpper(words[:1]) + words[1:]
}

// storedReply is the 250 of a mail, with the message's id for the sender's log.
func storedReply(s store.Stored) *smtp.SMTPError {
	text := "Stored as " + string(s.Messages[0])
	if n := len(s.Messages) - 1; n > 0 {
		text += fmt.Sprintf(" and %d more", n)
	}
	return &smtp.SMTPError{Code: 250, EnhancedCode: smtp.EnhancedCode{2, 6, 0}, Message: text}
}
