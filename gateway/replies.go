package gateway

import (
	"errors"
	"fmt"
	"strings"

	"github.com/emersion/go-smtp"

	"securetext/gateway/mail"
	"securetext/gateway/option"
	"securetext/sms/phone"
	"securetext/store"
)

// What is refused in a dialogue, apart from what the leaves and the store refuse.
var (
	errNoTLS        = errors.New("no TLS")
	errNotSignedIn  = errors.New("not signed in")
	errBadPassword  = errors.New("wrong name or password")
	errTooManyTries = errors.New("too many wrong passwords")
	errGuessing     = errors.New("too many wrong passwords of late")
	errNested       = errors.New("a mail is begun already")
	errBounce       = errors.New("empty return path")
	errNotYours     = errors.New("not the sender's address")
	errNoAuthor     = errors.New("no author")
	errAmbiguous    = errors.New("several authors")
	errUnregistered = errors.New("the From address is not registered here")
	errUnproved     = errors.New("DMARC does not pass")
	errNoDNS        = errors.New("DMARC cannot be evaluated now")
	errEnvID        = errors.New("ENVID too long")
	errRelay        = errors.New("not our domain")
	errPostmaster   = errors.New("no mailbox of ours")
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
	reason   string // for metrics
	code     int
	enhanced smtp.EnhancedCode
	text     string
}{
	{errNoTLS, "no-tls", 530, smtp.EnhancedCode{5, 7, 0}, "Start TLS first"},
	{errNotSignedIn, "not-signed-in", 530, smtp.EnhancedCode{5, 7, 0}, "Sign in first, with your address and an app password"},
	{errBadPassword, "bad-password", 535, smtp.EnhancedCode{5, 7, 8}, "Wrong address or app password"},
	{errTooManyTries, "too-many-tries", 421, smtp.EnhancedCode{4, 7, 0}, "Too many wrong passwords"},
	{errGuessing, "guessing", 421, smtp.EnhancedCode{4, 7, 0}, "Too many wrong passwords: try again later"},
	{errNested, "nested", 503, smtp.EnhancedCode{5, 5, 1}, "Not inside a mail: finish it, or send RSET"},
	{errBounce, "bounce", 550, smtp.EnhancedCode{5, 7, 1}, "Bounces and automatic replies are not taken here"},
	{errNotYours, "not-yours", 550, smtp.EnhancedCode{5, 7, 1}, "You may not send from this address"},
	{errNoAuthor, "no-author", 550, smtp.EnhancedCode{5, 7, 1}, "The From field must name the author"},
	{errAmbiguous, "ambiguous", 550, smtp.EnhancedCode{5, 7, 1}, "The From and Sender fields must name one author each"},
	{errUnregistered, "unregistered", 550, smtp.EnhancedCode{5, 7, 1}, ""},
	{errUnproved, "unproved", 550, smtp.EnhancedCode{5, 7, 26}, "The mail is not proved to come from its From address: the domain needs SPF or DKIM that agrees with it"},
	{errNoDNS, "dns", 451, smtp.EnhancedCode{4, 7, 0}, "Cannot check at the moment where the mail comes from: please try again later"},
	{errEnvID, "envid", 501, smtp.EnhancedCode{5, 5, 4}, "ENVID may have 100 characters"},
	{errRelay, "not-our-domain", 550, smtp.EnhancedCode{5, 7, 1}, "Only mail to <phone number>@<our domain> is taken here"},
	{errPostmaster, "no-mailbox", 550, smtp.EnhancedCode{5, 1, 1}, "No mail is read here: please call the operator of this service"},
	{option.ErrUnknown, "option", 550, smtp.EnhancedCode{5, 1, 3}, ""},
	{option.ErrValue, "option", 550, smtp.EnhancedCode{5, 1, 3}, ""},
	{phone.ErrNotNumber, "not-a-number", 550, smtp.EnhancedCode{5, 1, 3}, ""},
	{mail.ErrTooLarge, "too-large", 552, smtp.EnhancedCode{5, 3, 4}, "The mail is too large"},
	{errBareLine, "bare-line", 554, smtp.EnhancedCode{5, 6, 0}, "Lines must end in CR LF, and neither may stand alone"},
	{mail.ErrTooComplex, "too-complex", 554, smtp.EnhancedCode{5, 6, 0}, ""},
	{mail.ErrNotMail, "not-mail", 554, smtp.EnhancedCode{5, 6, 0}, ""},
	{mail.ErrUnreadable, "unreadable", 554, smtp.EnhancedCode{5, 6, 0}, ""},
	{smtp.ErrTooLongLine, "long-line", 554, smtp.EnhancedCode{5, 6, 0}, "A line of the mail is too long"},
	{mail.ErrTooSlow, "too-slow", 451, smtp.EnhancedCode{4, 3, 0}, "Too busy, try again later"},
	{errCutOff, "cut-off", 451, smtp.EnhancedCode{4, 4, 2}, "The mail did not arrive whole"},
	{errBroken, "broken", 421, smtp.EnhancedCode{4, 5, 0}, "Connect again: the last mail was given up half-way"},
	{errShutDown, "shut-down", 421, smtp.EnhancedCode{4, 3, 2}, "Shutting down, try again later"},
	{store.ErrFull, "store-full", 452, smtp.EnhancedCode{4, 3, 1}, "No room at the moment, try again later"},
	{store.ErrUnavailable, "store-unavailable", 451, smtp.EnhancedCode{4, 3, 0}, "Cannot store the mail at the moment, try again later"},
}

var (
	errUnknown = smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "Something went wrong here, try again later"}
	errBusy    = smtp.SMTPError{Code: 421, EnhancedCode: smtp.EnhancedCode{4, 7, 0}, Message: "Too many connections, try again later"}
)

// The reasons of what is in no table.
const (
	reasonUnknown = "unknown"
	reasonBusy    = "busy"
)

// replyTo looks err up in the tables, with the reason for metrics, and reports
// whether it is foreseen.
func replyTo(err error) (answer *smtp.SMTPError, reason string, known bool) {
	whose, err := ofRecipient(err)
	for _, v := range verdicts {
		if errors.Is(err, v.err) {
			return &smtp.SMTPError{Code: v.code, EnhancedCode: v.enhanced, Message: whose + v.text}, v.name, true
		}
	}
	for _, r := range replies {
		if !errors.Is(err, r.err) {
			continue
		}
		text := r.text
		if text == "" {
			text = sentence(err)
		}
		return &smtp.SMTPError{Code: r.code, EnhancedCode: r.enhanced, Message: whose + text}, r.reason, true
	}
	unknown := errUnknown
	return &unknown, reasonUnknown, false
}

// ofRecipient takes the first of the recipients who are declined out of err, and
// says which one it is where there are several.
func ofRecipient(err error) (whose string, first error) {
	var d declined
	if !errors.As(err, &d) {
		return "", err
	}
	if len(d) > 1 {
		whose = fmt.Sprintf("Recipient %d of %d: ", d.first()+1, len(d))
	}
	return whose, d[d.first()]
}

// sentence is an error's words as a reply begins them.
func sentence(err error) string {
	words := err.Error()
	return strings.ToUpper(words[:1]) + words[1:]
}

// storedReply is the 250 of a mail, with the message's id for the sender's log.
func storedReply(results []result) *smtp.SMTPError {
	seen := map[store.MessageID]bool{}
	for _, r := range results {
		seen[r.id] = true
	}
	text := "Stored as " + string(results[0].id)
	if n := len(seen) - 1; n > 0 {
		text += fmt.Sprintf(" and %d more", n)
	}
	return &smtp.SMTPError{Code: 250, EnhancedCode: smtp.EnhancedCode{2, 6, 0}, Message: text}
}
