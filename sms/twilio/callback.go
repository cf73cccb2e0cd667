package twilio

import (
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"

	"securetext/sms"
)

// maxForm is the largest post that is read. Callbacks have about 500 bytes; what
// patients text has at most 1600 characters, nine bytes each in a form, and a few
// links to pictures.
const maxForm = 32 << 10

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

// Callback implements [sms.Listener]. The signature is checked over the
// configured URL and the query of the request; what the request says of its own
// host counts for nothing. A status we do not know has an empty State.
func (t *Twilio) Callback(r *http.Request) (sms.Status, error) {
	form, err := readForm(r)
	if err != nil {
		return sms.Status{}, err
	}
	if t.callback == nil || !t.signed(r, t.callbackOf(r), form) {
		return sms.Status{}, sms.ErrForged
	}
	code, err := strconv.Atoi(form["ErrorCode"])
	if err != nil {
		code = 0
	}
	status := read(form["MessageStatus"], code)
	status.Text, status.ProviderID = r.URL.Query().Get(textKey), form["MessageSid"]
	return status, nil
}

// callbackOf is the URL that we gave Twilio, of which only the query differs
// from one callback to the next.
func (t *Twilio) callbackOf(r *http.Request) string {
	u := *t.callback
	u.RawQuery = r.URL.RawQuery
	return u.String()
}

// transient are the carriers' errors after which another text may get through:
// queue overflow, unreachable handset, unknown error.
var transient = map[int]bool{30001: true, 30003: true, 30008: true}

// read is what Twilio's status and error code say of a text; code 0 is none.
func read(status string, code int) sms.Status {
	s := sms.Status{State: states[status]}
	if code > 0 {
		s.Code, s.Transient, s.Means = short(code), transient[code], meaning(code)
	}
	return s
}

// signed checks the signature of a form as it is over a URL that Twilio was
// given (S31).
func (t *Twilio) signed(r *http.Request, to string, form map[string]string) bool {
	signature := r.Header.Get("X-Twilio-Signature")
	return signature != "" && t.signature.Validate(to, form, signature)
}

// readForm reads a posted form. A name that comes twice is refused: the
// signature is over one of them.
func readForm(r *http.Request) (map[string]string, error) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if r.Method != http.MethodPost || err != nil || kind != "application/x-www-form-urlencoded" {
		return nil, sms.ErrMalformed
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxForm+1))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", sms.ErrMalformed, err)
	}
	values, err := url.ParseQuery(string(body))
	if err != nil || len(body) > maxForm {
		return nil, sms.ErrMalformed
	}
	form := make(map[string]string, len(values))
	for name, v := range values {
		if len(v) != 1 {
			return nil, sms.ErrMalformed
		}
		form[name] = v[0]
	}
	return form, nil
}
