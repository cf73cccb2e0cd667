package twiliofake

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
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
		if !f.wait(f.ctx, rule.Delay) {
			return
		}
		var forms []url.Values
		for _, status := range f.course(t, rule) {
			forms = append(forms, f.move(t, status, rule.FinalCode))
		}
		if rule.Reverse {
			slices.Reverse(forms)
		}
		for i, form := range forms {
			if i == len(forms)-1 && !f.wait(f.ctx, rule.Late) {
				return
			}
			f.tell(t.Callback, form, rule)
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

// tell posts a callback as the rule says. Like Twilio it does not look at the
// answer, and never tries again.
func (f *Fake) tell(callback string, form url.Values, rule Rule) {
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
		if resp, err := f.post(callback, form, authToken); err == nil {
			io.Copy(io.Discard, io.LimitReader(resp.Body, maxAnswer))
			resp.Body.Close()
		}
	}
}

// maxAnswer is the most that is read of what is answered to a post.
const maxAnswer = 64 << 10

// post sends a form with its signature, when few enough others are on their way.
func (f *Fake) post(to string, form url.Values, authToken string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(f.ctx, http.MethodPost, to, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")
	req.Header.Set("X-Twilio-Signature", Sign(authToken, to, form))
	select {
	case f.posting <- struct{}{}:
		defer func() { <-f.posting }()
	case <-f.ctx.Done():
		return nil, f.ctx.Err()
	}
	return f.client.Do(req)
}
