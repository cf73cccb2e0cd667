package twiliofake

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// create takes a text, unless it or a rule is against it.
func (f *Fake) create(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		refuse(w, http.StatusBadRequest, 20001, "Bad form")
		return
	}
	form := r.PostForm
	if code, reason := f.wrong(form); code != 0 {
		refuse(w, http.StatusBadRequest, code, reason)
		return
	}
	rule := f.rule(form.Get("To"))
	fails := rule.Status != 0 || rule.Hang || rule.Cut
	if fails && !rule.Accept {
		f.breaks(rule, w, r)
		return
	}
	t := f.take(form)
	queued := f.resource(t) // as it is before anything becomes of it
	f.callBack(t, rule)
	if f.breaks(rule, w, r) {
		return
	}
	answer(w, http.StatusCreated, queued)
}

var (
	e164       = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)
	retentions = []string{"", "retain", "discard", "obfuscate"}
)

// wrong returns Twilio's code for the first thing that is wrong with a text.
func (f *Fake) wrong(form url.Values) (code int, reason string) {
	from := sender(form)
	switch {
	case form.Get("To") == "":
		return 21604, "A 'To' phone number is required"
	case from == "":
		return 21603, "A 'From' phone number is required"
	case form.Get("Body") == "":
		return 21602, "Message body is required"
	case utf8.RuneCountInString(form.Get("Body")) > 1600:
		return 21617, "The concatenated message body exceeds the 1600 character limit"
	case !e164.MatchString(form.Get("To")):
		return 21211, "Invalid 'To' Phone Number"
	case len(f.account.From) > 0 && !slices.Contains(f.account.From, from):
		return 21606, "The 'From' phone number provided is not a valid message-capable phone number for this account"
	case f.hasStopped(pair{form.Get("To"), from}):
		return 21610, "Attempt to send to unsubscribed recipient"
	case !validity(form.Get("ValidityPeriod")):
		return 21624, "The validity period is out of range"
	case !callable(form.Get("StatusCallback")):
		return 21609, "Invalid 'StatusCallback' URL"
	case !slices.Contains(retentions, form.Get("ContentRetention")), !slices.Contains(retentions, form.Get("AddressRetention")):
		return 20001, "Invalid retention"
	}
	return 0, ""
}

func sender(form url.Values) string {
	if service := form.Get("MessagingServiceSid"); service != "" {
		return service
	}
	return form.Get("From")
}

func validity(s string) bool {
	n, err := strconv.Atoi(s)
	return s == "" || err == nil && 1 <= n && n <= 36_000
}

func callable(s string) bool {
	u, err := url.Parse(s)
	return s == "" || err == nil && u.Scheme != "" && u.Hostname() != "" && !strings.Contains(u.Hostname(), "_")
}

func (f *Fake) take(form url.Values) *Text {
	t := &Text{
		SID: newSID(), To: form.Get("To"), From: sender(form), Body: form.Get("Body"), Status: "queued",
		Callback: form.Get("StatusCallback"), Created: f.now(), Validity: form.Get("ValidityPeriod"),
		ContentRetention: form.Get("ContentRetention"), AddressRetention: form.Get("AddressRetention"),
	}
	if form.Get("MessagingServiceSid") != "" {
		t.Status = "accepted"
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.texts = append(f.texts, t)
	f.bySID[t.SID] = t
	f.byTo[t.To] = append(f.byTo[t.To], t)
	return t
}

func newSID() string {
	var b [16]byte
	rand.Read(b[:])
	return "SM" + hex.EncodeToString(b[:])
}

// refuse answers with an error as Twilio writes them.
func refuse(w http.ResponseWriter, status, code int, message string) {
	answer(w, status, map[string]any{
		"status": status, "code": code, "message": message,
		"more_info": "https://www.twilio.com/docs/errors/" + strconv.Itoa(code),
	})
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v)
}
