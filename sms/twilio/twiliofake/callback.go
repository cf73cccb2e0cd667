package twiliofake

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Sign returns the signature of a form posted to a URL.
func Sign(authToken, callback string, form url.Values) string {
	mac := hmac.New(sha1.New, []byte(authToken))
	mac.Write([]byte(callback))
	for _, name := range slices.Sorted(maps.Keys(form)) {
		mac.Write([]byte(name + form.Get(name)))
	}
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// callBack tells, in the background, what becomes of a text: each status that
// it passes, save the one the API answered with.
func (f *Fake) callBack(t *Text, rule Rule) {
	f.count(1)
	go func() {
		defer f.count(-1)
		select {
		case <-time.After(rule.Delay):
		case <-f.ctx.Done():
			return
		}
		var forms []url.Values
		for _, status := range f.course(t, rule) {
			forms = append(forms, f.move(t, status, rule.FinalCode))
		}
		if rule.Reverse {
			slices.Reverse(forms)
		}
		for _, form := range forms {
			f.post(t.Callback, form, rule)
		}
	}()
}

func (f *Fake) count(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calling += n
	f.called.Broadcast()
}

// course is the statuses that follow the first one.
func (f *Fake) course(t *Text, rule Rule) []string {
	last := rule.Final
	if last == "" {
		last = "delivered"
	}
	course := []string{"sent", last}
	if strings.HasPrefix(t.From, "MG") {
		course = append([]string{"queued"}, course...)
	}
	return slices.Compact(course)
}

// move gives a text its next status, and returns the form that says so.
func (f *Fake) move(t *Text, status string, code int) url.Values {
	f.mu.Lock()
	defer f.mu.Unlock()
	t.Status = status
	form := url.Values{
		"MessageSid": {t.SID}, "SmsSid": {t.SID}, "MessageStatus": {status}, "SmsStatus": {status},
		"To": {t.To}, "From": {t.From}, "AccountSid": {f.account.SID}, "ApiVersion": {"2010-04-01"},
	}
	if code != 0 && (status == "undelivered" || status == "failed") {
		t.ErrorCode = code
		form.Set("ErrorCode", strconv.Itoa(code))
	}
	return form
}

// post sends a callback as the rule says. Like Twilio it does not look at the
// answer, and never tries again.
func (f *Fake) post(callback string, form url.Values, rule Rule) {
	if callback == "" || rule.Lose {
		return
	}
	times := 1
	if rule.Duplicate {
		times = 2
	}
	authToken := f.account.AuthToken
	if rule.Forge {
		authToken += "?"
	}
	for range times {
		req, err := http.NewRequestWithContext(f.ctx, http.MethodPost, callback, strings.NewReader(form.Encode()))
		if err != nil {
			panic(fmt.Sprintf("twiliofake: a callback URL that was checked: %v", err))
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")
		req.Header.Set("X-Twilio-Signature", Sign(authToken, callback, form))
		if resp, err := f.client.Do(req); err == nil {
			resp.Body.Close()
		}
	}
}
