package webhookfake

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// Header is where signatures stand.
const Header = "X-SecureText-Signature"

// Sign returns the header for a body, or for a query, signed at that time.
func Sign(secret string, at time.Time, signed string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "%d.%s", at.Unix(), signed)
	return fmt.Sprintf("t=%d,v1=%x", at.Unix(), mac.Sum(nil))
}

// verify reports whether a header is the secret's, and at most five minutes old.
func verify(secret, header, signed string, now time.Time) bool {
	var seconds int64
	var hex string
	if _, err := fmt.Sscanf(header, "t=%d,v1=%s", &seconds, &hex); err != nil {
		return false
	}
	at := time.Unix(seconds, 0)
	return hmac.Equal([]byte(header), []byte(Sign(secret, at, signed))) && now.Sub(at).Abs() <= 5*time.Minute
}

// callBack tells, in the background, what becomes of a text.
func (f *Fake) callBack(t *Text, rule Rule) {
	f.count(1)
	go func() {
		defer f.count(-1)
		select {
		case <-time.After(rule.Delay):
		case <-f.ctx.Done():
			return
		}
		last := rule.Final
		if last == "" {
			last = "delivered"
		}
		var all []status
		for _, state := range slices.Compact([]string{"sent", last}) {
			all = append(all, f.move(t, state, rule))
		}
		if rule.Reverse {
			slices.Reverse(all)
		}
		for _, s := range all {
			f.report(t.Callback, s, rule)
		}
	}()
}

func (f *Fake) count(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calling += n
	f.called.Broadcast()
}

// report sends a callback as the rule says. It does not look at the answer, and
// never tries again.
func (f *Fake) report(callback string, s status, rule Rule) {
	if callback == "" || rule.Lose {
		return
	}
	times := 1
	if rule.Duplicate {
		times = 2
	}
	secret := f.secret
	if rule.Forge {
		secret += "?"
	}
	for range times {
		if resp, err := f.post(f.ctx, secret, callback, s); err == nil {
			resp.Body.Close()
		}
	}
}

func (f *Fake) post(ctx context.Context, secret, url string, v any) (*http.Response, error) {
	body, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set(Header, Sign(secret, f.now(), string(body)))
	return f.client.Do(req)
}

// Say posts what a patient texted, and returns what is to be texted back.
func (f *Fake) Say(ctx context.Context, url, from, to, body string) (reply string, err error) {
	resp, err := f.post(ctx, f.secret, url, map[string]string{"from": from, "to": to, "body": body})
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return "", errors.New("answered " + strconv.Itoa(resp.StatusCode))
	}
	var said struct{ Reply string }
	if err := json.NewDecoder(io.LimitReader(resp.Body, 16<<10)).Decode(&said); err != nil {
		return "", err
	}
	return said.Reply, nil
}
