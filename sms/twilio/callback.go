package twilio

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"

	"securetext/sms"
)

// What is wrong with a callback. Neither says more: it may be anybody's.
var (
	// ErrForged: its signature does not hold (S31).
	ErrForged = errors.New("callback not signed by twilio")
	// ErrMalformed: it is not a form, or too large to be one.
	ErrMalformed = errors.New("malformed callback")
)

// maxCallback is the largest callback that is read; real ones have about 500 bytes.
const maxCallback = 16 << 10

// textKey names our id of the text in the callback's URL.
const textKey = "text"

// states are Twilio's statuses that we act on. Those before "sent" tell nothing
// new: that Twilio took the text is known, or about to be.
var states = map[string]sms.State{
	"accepted": sms.Sent, "scheduled": sms.Sent, "queued": sms.Sent, "sending": sms.Sent, "sent": sms.Sent,
	"delivered": sms.Delivered, "read": sms.Delivered,
	"undelivered": sms.Undelivered, "failed": sms.Failed, "canceled": sms.Failed,
}

func (t *Twilio) callbackFor(id string) string {
	u := *t.callback
	query := u.Query()
	query.Set(textKey, id)
	u.RawQuery = query.Encode()
	return u.String()
}

// Callback reads what Twilio says of a text. The signature is checked over the
// configured URL and the query of the request; what the request says of its own
// host counts for nothing. A status we do not know has an empty State.
func (t *Twilio) Callback(r *http.Request) (sms.Status, error) {
	form, err := readForm(r)
	if err != nil {
		return sms.Status{}, err
	}
	id := r.URL.Query().Get(textKey)
	if t.callback == nil || !t.signed(r, form) {
		return sms.Status{}, ErrForged
	}
	status := sms.Status{Text: id, ProviderID: form["MessageSid"], State: states[form["MessageStatus"]]}
	if code, err := strconv.Atoi(form["ErrorCode"]); err == nil && code > 0 {
		fill(&status, code)
	}
	return status, nil
}

// transient are the carriers' errors after which another text may get through:
// queue overflow, unreachable handset, unknown error.
var transient = map[int]bool{30001: true, 30003: true, 30008: true}

func fill(s *sms.Status, code int) {
	s.Code = short(code)
	s.Transient = transient[code]
	s.Means = meaning(code)
}

// signed checks the signature as it is over the URL that we gave Twilio, of
// which only the query can differ from one callback to the next.
func (t *Twilio) signed(r *http.Request, form map[string]string) bool {
	u := *t.callback
	u.RawQuery = r.URL.RawQuery
	signature := r.Header.Get("X-Twilio-Signature")
	return signature != "" && t.signature.Validate(u.String(), form, signature)
}

// readForm reads a posted form. A name that comes twice is refused: the
// signature is over one of them.
func readForm(r *http.Request) (map[string]string, error) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if r.Method != http.MethodPost || err != nil || kind != "application/x-www-form-urlencoded" {
		return nil, ErrMalformed
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxCallback+1))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	values, err := url.ParseQuery(string(body))
	if err != nil || len(body) > maxCallback {
		return nil, ErrMalformed
	}
	form := make(map[string]string, len(values))
	for name, v := range values {
		if len(v) != 1 {
			return nil, ErrMalformed
		}
		form[name] = v[0]
	}
	return form, nil
}
