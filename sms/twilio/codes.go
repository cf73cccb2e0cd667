package twilio

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"securetext/sms"
)

// meanings says what Twilio's and the carriers' codes ask for, whether they
// come as an answer or in a callback. Codes that are not here are temporary.
// See https://www.twilio.com/docs/api/errors
var meanings = map[int]error{
	21211: sms.ErrDead,     // no phone number
	21614: sms.ErrLandline, // not a mobile
	21635: sms.ErrLandline,
	30005: sms.ErrDead,     // unknown handset
	30006: sms.ErrLandline, // or a carrier that cannot be reached

	21610: sms.ErrOptedOut, // answered STOP
	30004: sms.ErrOptedOut, // blocked by the phone's owner or carrier

	20003:       sms.ErrHalt, // wrong credentials
	20005:       sms.ErrHalt, // account not active
	noSuchThing: sms.ErrHalt, // no such account
	21212:       sms.ErrHalt, // From is no number
	21222:       sms.ErrHalt, // malformed account SID
	21224:       sms.ErrHalt, // malformed auth token
	21408:       sms.ErrHalt, // country not enabled
	21603:       sms.ErrHalt, // From missing
	21606:       sms.ErrHalt, // From is not ours
	21609:       sms.ErrHalt, // callback URL refused
	21703:       sms.ErrHalt, // Messaging Service has no number
	21705:       sms.ErrHalt, // no such Messaging Service
	30002:       sms.ErrHalt, // account suspended
	30007:       sms.ErrHalt, // filtered as spam
	30034:       sms.ErrHalt, // number not registered with the carriers

	20429: sms.ErrBusy,
	21611: sms.ErrBusy, // more than that number can send in hours
}

// noSuchThing is Twilio's code for what it does not have.
const noSuchThing = 20404

// meaning returns what a code asks for; nil: it is temporary.
func meaning(code int) error {
	if 30450 <= code && code <= 30459 { // blocked pending a carrier's registration or verification
		return sms.ErrHalt
	}
	return meanings[code]
}

var errTemporary = errors.New("not sent")

// meaning is the error that the courier acts on. 5xx answers are ambiguous: the
// text may have been taken before things went wrong.
func (e *apiError) meaning() *sms.Error {
	err := &sms.Error{Code: e.short(), RetryAfter: e.retryAfter, Err: meaning(e.code)}
	switch {
	case e.status >= 500:
		err.Err = sms.ErrUnsure
	case err.Err != nil:
	case e.status == http.StatusTooManyRequests:
		err.Err = sms.ErrBusy
	case e.status == http.StatusUnauthorized, e.status == http.StatusForbidden:
		err.Err = sms.ErrHalt
	default:
		err.Err = errTemporary
	}
	return err
}

func (e *apiError) short() string {
	if e.code != 0 {
		return short(e.code)
	}
	return fmt.Sprintf("twilio_http_%d", e.status)
}

func short(code int) string { return fmt.Sprintf("twilio_%d", code) }

// unanswered is for a text that may have reached Twilio.
func unanswered(ctx context.Context) *sms.Error {
	if ctx.Err() != nil {
		return &sms.Error{Code: "twilio_timeout", Err: sms.ErrUnsure}
	}
	return &sms.Error{Code: "twilio_broken_off", Err: sms.ErrUnsure}
}

// away is for a request that was never written, for want of a name, a
// connection or TLS, and for a question without an answer. It is not Twilio's
// fault where the caller gave up.
func away(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return context.Canceled
	}
	return sms.ErrAway
}
