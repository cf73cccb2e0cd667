package gateway

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"securetext/gateway/option"
	"securetext/store"
)

// What the API refuses, apart from what the store refuses.
var (
	errNoKey     = errors.New("no valid API key")
	errScope     = errors.New("the key lacks the scope")
	errMediaType = errors.New("not application/json")
	errBodySize  = errors.New("body too large")
	errMalformed = errors.New("malformed JSON")
	errCharset   = errors.New("not UTF-8")
	errInvalid   = errors.New("invalid request")
	errSlow      = errors.New("the body did not arrive")
	errNoMessage = errors.New("no such message of this org")
	errSettled   = errors.New("the message was read, taken or is gone")
	errOver      = errors.New("the message is gone")
	errWaits     = errors.New("a text waits, or the number gets none")
	errLonger    = errors.New("the message can be read for as long already")
	errResent    = errors.New("the message was texted again of late")
)

// problem is the body of a refusal (RFC 9457). Its type is a URN that programs
// may compare; the texts are for people.
type problem struct {
	Type   string       `json:"type"`
	Title  string       `json:"title"`
	Status int          `json:"status"`
	Detail string       `json:"detail,omitempty"`
	Errors []fieldError `json:"errors,omitempty"`
}

// reason is the problem's type in short, for metrics.
func (p problem) reason() string {
	if name, ours := strings.CutPrefix(p.Type, typePrefix); ours {
		return name
	}
	return "route"
}

// fieldError is what is wrong with one value. It never repeats the value.
type fieldError struct {
	Pointer string `json:"pointer"` // RFC 6901; "" is the whole body
	Detail  string `json:"detail"`
}

// invalid is an [errInvalid] with all that is wrong.
type invalid []fieldError

func (v invalid) Error() string {
	return fmt.Sprintf("%v: %s %s", errInvalid, v[0].Pointer, v[0].Detail)
}

func (v invalid) Is(target error) bool { return target == errInvalid }

const (
	problemType = "application/problem+json"
	typePrefix  = "urn:securetext:problem:"
	retryAfter  = 5 // seconds
)

// problems gives the answer for each error that is foreseen, in this order. Any
// other is [problemUnknown]: the caller should send again (S25).
var problems = []struct {
	err    error
	status int
	name   string
	title  string
	detail string
}{
	{errNoKey, 401, "unauthorized", "No valid API key", "Send the header Authorization: Bearer st_live_…, or st_test_… for a key of the sandbox"},
	{errScope, 403, "forbidden", "The API key may not do this", "Make a key with the scope that this needs: messages:send, messages:read or replies:read."},
	{errMediaType, 415, "media-type", "The body must be JSON", "Send the header Content-Type: application/json"},
	{errBodySize, 413, "too-large", "The message is too large", "Text and attachments may have 25 MiB together."},
	{errCharset, 400, "malformed", "The body is not UTF-8", ""},
	{errMalformed, 400, "malformed", "The body is not one JSON object", ""},
	{errSlow, 408, "timeout", "The body did not arrive whole", "Send the request again."},
	{option.ErrValue, 422, "invalid", "The request cannot be taken as it is", "Times that were possible are so no more."},
	{errInvalid, 422, "invalid", "The request cannot be taken as it is", "Each error names a value and what is wrong with it."},
	{store.ErrConflict, 422, "idempotency", "The Idempotency-Key was used for another request", "Use a new key for a new request; repeat a request byte for byte."},
	{errNoMessage, 404, "not-found", "There is no such message", ""},
	{errSettled, 409, "settled", "Nobody needs to look after the message", "It was read, or taken by somebody already, or it is gone."},
	{errOver, 410, "gone", "There is nothing left to read", "The message was wiped, or its time is over: send it again as a new one."},
	{errLonger, 409, "longer", "The message can be read for as long already", "Ask for a time beyond its expires_at."},
	{errWaits, 409, "waiting", "No other text can be sent", "A text of the message waits already, or the number gets none: its status says which."},
	{errResent, 429, "too-soon", "The message was texted again a short while ago", "It can be every 10 minutes."},
	{store.ErrFull, 503, "unavailable", "No room at the moment", "Nothing was stored. Send the request again later."},
	{store.ErrUnavailable, 503, "unavailable", "Cannot store or find messages at the moment", "Send the request again, with the same Idempotency-Key."},
}

var problemUnknown = problem{
	Type: typePrefix + "unavailable", Title: "Something went wrong here", Status: http.StatusServiceUnavailable,
	Detail: "Send the request again, with the same Idempotency-Key.",
}

// problemFor looks err up in the tables, and reports whether it is foreseen.
func problemFor(err error) (p problem, known bool) {
	for _, v := range verdicts {
		if errors.Is(err, v.err) {
			return problem{Type: typePrefix + v.name, Title: sentence(v.err), Status: v.status, Detail: v.text, Errors: pointed(err)}, true
		}
	}
	for _, row := range problems {
		if errors.Is(err, row.err) {
			p = problem{Type: typePrefix + row.name, Title: row.title, Status: row.status, Detail: row.detail}
			var v invalid
			if errors.As(err, &v) {
				p.Errors = v
			}
			return p, true
		}
	}
	var route *echo.HTTPError // no such route, or method
	if errors.As(err, &route) {
		return problem{Type: "about:blank", Title: http.StatusText(route.Code), Status: route.Code}, true
	}
	return problemUnknown, false
}

// pointed names the recipients who are declined.
func pointed(err error) []fieldError {
	var d declined
	if !errors.As(err, &d) {
		return nil
	}
	var list []fieldError
	for i, err := range d {
		if err != nil {
			p, _ := problemFor(err)
			at := "/to"
			if len(d) > 1 {
				at += "/" + strconv.Itoa(i)
			}
			list = append(list, fieldError{at, p.Detail})
		}
	}
	return list
}

// answer is the error handler: a problem, counted and logged.
func (a *API) answer(err error, c echo.Context) {
	p, known := problemFor(err)
	sender := callerOf(c).sender.ID
	a.Intake.Metrics.refused(ViaAPI, p.Status, p.reason())
	if known {
		logRefused(a.Log, ViaAPI, sender, p.Status, err)
	} else {
		logFault(a.Log, ViaAPI, sender, p.Status, err)
	}
	if c.Response().Committed {
		return
	}
	h := c.Response().Header()
	switch p.Status {
	case http.StatusUnauthorized:
		h.Set("WWW-Authenticate", `Bearer realm="securetext"`)
	case http.StatusServiceUnavailable, http.StatusTooManyRequests:
		h.Set("Retry-After", strconv.Itoa(waitFor(err)))
	}
	body, _ := json.Marshal(p) // strings and numbers always marshal
	c.Blob(p.Status, problemType, body)
}

// waitFor is when to ask again, in seconds.
func waitFor(err error) int {
	var l later
	if errors.As(err, &l) {
		return int(l.wait/time.Second) + 1
	}
	return retryAfter
}
