package webhook

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"

	"securetext/sms"
)

// refusals are the words with which a gateway refuses a text for good.
var refusals = map[string]error{
	"opted_out": sms.ErrOptedOut,
	"landline":  sms.ErrLandline,
	"dead":      sms.ErrDead,
	"refused":   sms.ErrPermanent,
}

// unknown is the word for all that is none of [reasons].
const unknown = "unknown"

// reasons are the words that say why a text did not arrive: what they ask for,
// and whether another text may well get through.
var reasons = map[string]struct {
	means     error
	transient bool
}{
	"opted_out":   {means: sms.ErrOptedOut},
	"landline":    {means: sms.ErrLandline},
	"dead":        {means: sms.ErrDead},
	"refused":     {means: sms.ErrPermanent},
	"filtered":    {means: sms.ErrHalt}, // as spam, or from a number that carriers do not know
	"unreachable": {transient: true},    // the phone is off, or away
	"expired":     {transient: true},    // not delivered in time
	"congested":   {transient: true},    // too many texts at once
	unknown:       {transient: true},
}

// states are how far a gateway says a text got. Others tell nothing to record.
var states = map[string]sms.State{
	"sent": sms.Sent, "delivered": sms.Delivered, "undelivered": sms.Undelivered, "failed": sms.Failed,
}

// noSuchText is what a gateway says of a text it never took. The status 404
// alone does not say that: it is as well the answer of a wrong URL.
const noSuchText = "no_such_text"

var errTemporary = errors.New("not sent")

// meaning is the error that the courier acts on, for an answer that is no
// success. 5xx is ambiguous: the text may have been taken before things went
// wrong.
func (a answer) meaning() error {
	err := &sms.Error{Code: fmt.Sprintf("webhook_http_%d", a.status), RetryAfter: a.retryAfter}
	refusal := refusals[a.word()]
	switch {
	case a.status == http.StatusUnprocessableEntity && refusal != nil:
		err.Code, err.Err = short(a.word()), refusal
	case a.status == http.StatusTooManyRequests:
		err.Err = sms.ErrBusy
	case a.status == http.StatusUnauthorized, a.status == http.StatusForbidden, a.status == http.StatusNotFound, a.status/100 == 3:
		err.Err = sms.ErrHalt
	case a.status >= 500, a.status < 200:
		err.Err = sms.ErrUnsure
	default:
		err.Err = errTemporary
	}
	return err
}

// word is what the gateway gives as its error.
func (a answer) word() string {
	var said struct {
		Error string `json:"error"`
	}
	if json.Unmarshal(a.body, &said) != nil {
		return ""
	}
	return said.Error
}

func short(word string) string { return "webhook_" + word }

// An id is the gateway's for a text, or ours. It is shown in events.
var id = regexp.MustCompile(`^[A-Za-z0-9._:-]{1,128}$`)

func isID(s string) bool { return id.MatchString(s) }

// news is what a gateway says of a text, asked or by itself.
type news struct {
	Text      string `json:"text"`
	ID        string `json:"id"`
	State     string `json:"state"`
	Code      string `json:"code"`
	Transient *bool  `json:"transient"`
}

// wellFormed reports whether news is of some text, and says something of it.
func (n news) wellFormed() bool {
	named := n.Text != "" || n.ID != ""
	return named && n.State != "" && (n.Text == "" || isID(n.Text)) && (n.ID == "" || isID(n.ID))
}

// status is what news means. Where the reason does not settle it, the gateway
// may know better whether another text gets through.
func (n news) status() sms.Status {
	s := sms.Status{Text: n.Text, ProviderID: n.ID, State: states[n.State]}
	if s.State != sms.Undelivered && s.State != sms.Failed {
		return s
	}
	word := n.Code
	if _, known := reasons[word]; !known {
		word = unknown
	}
	s.Code, s.Means, s.Transient = short(word), reasons[word].means, reasons[word].transient
	if n.Transient != nil && s.Means == nil {
		s.Transient = *n.Transient
	}
	return s
}
