package kannel

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"securetext/sms"
)

// answers are what smsbox says to a text that it does not take: the first whose
// status and beginning fit. They are compared and dropped, since a proxy's may
// quote anything.
var answers = []struct {
	status int
	begins string
	code   string
	means  error
}{
	{http.StatusForbidden, "Authorization failed", "kannel_auth", sms.ErrHalt},
	// No SMSC is up that may take it. That may be for this number alone.
	{http.StatusForbidden, "Not routable", "kannel_not_routable", sms.ErrHalt},
	// Also for a number with signs in it that no number has.
	{http.StatusBadRequest, "Number(s) has/have been denied", "kannel_denied", sms.ErrPermanent},
	{http.StatusBadRequest, "Charset or body misformed", "kannel_body", sms.ErrPermanent},
	{http.StatusBadRequest, "Empty receiver number", "kannel_denied", sms.ErrPermanent},
	{http.StatusBadRequest, "Missing receiver", "kannel_denied", sms.ErrPermanent},
	// Its queue is full, or it is about to stop.
	{http.StatusServiceUnavailable, "Temporal failure", "kannel_busy", sms.ErrBusy},
}

// statuses are what else may come, of another set-up or from a proxy between.
var statuses = map[int]error{
	http.StatusBadRequest:        sms.ErrHalt, // all else is about the sender, the callback and such
	http.StatusUnauthorized:      sms.ErrHalt,
	http.StatusForbidden:         sms.ErrHalt,
	http.StatusNotFound:          sms.ErrHalt, // not the path of sendsms
	http.StatusMethodNotAllowed:  sms.ErrHalt,
	http.StatusProxyAuthRequired: sms.ErrHalt,
	http.StatusTooManyRequests:   sms.ErrBusy,
}

var errTemporary = errors.New("not sent")

// failure is what an answer means that is not 202. Success of any other kind and
// 5xx are ambiguous: the text may have been taken.
func failure(status int, said string) error {
	for _, a := range answers {
		if a.status == status && strings.HasPrefix(said, a.begins) {
			return &sms.Error{Code: a.code, Err: a.means}
		}
	}
	err := &sms.Error{Code: fmt.Sprintf("kannel_http_%d", status), Err: statuses[status]}
	switch {
	case err.Err != nil:
	case status < 300 || status >= 500:
		err.Err = sms.ErrUnsure
	case status < 400: // smsbox never sends elsewhere
		err.Err = sms.ErrHalt
	default:
		err.Err = errTemporary
	}
	return err
}

// unanswered is for a request that may have reached Kannel.
func unanswered(ctx context.Context) error {
	if ctx.Err() != nil {
		return &sms.Error{Code: "kannel_timeout", Err: sms.ErrUnsure}
	}
	return &sms.Error{Code: "kannel_broken_off", Err: sms.ErrUnsure}
}

// unreached is for a request that was never written. Smsbox closes its port
// while bearerbox is gone. ctx is the caller's: if that ended, it was not
// Kannel's fault.
func unreached(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return &sms.Error{Code: "kannel_unreached", Err: err}
	}
	return &sms.Error{Code: "kannel_unreached", Err: sms.ErrAway}
}
