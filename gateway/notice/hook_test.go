package notice

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"securetext/gateway/outbound"
	"securetext/store"
	"securetext/store/storetest"
)

func TestAWebhookTellsWhatIsOverdue(t *testing.T) {
	r, p := hookRig(t)
	id := r.overdue(t, store.Watched{Hook: true}, store.Watched{Hook: true})
	r.run(t, p.hooking)
	wait(t, "two webhooks", func() bool { return len(p.got()) == 2 })
	r.forward(24 * time.Hour)
	time.Sleep(30 * time.Millisecond)
	calls := p.got()
	if len(calls) != 2 {
		t.Fatalf("%d webhooks, want 2", len(calls))
	}
	for i, c := range calls {
		name := fmt.Sprintf("%s.overdue.%d", id, i+1)
		want := fmt.Sprintf(`{"type":"message.overdue","id":%q,"message":%q,"org":%q,"reference":"visit 12",`+
			`"created_at":"2026-03-02T12:00:00Z","read_by_at":"2026-03-02T13:00:00Z","round":%d,"test":false,"status_url":"https://secure.text/v1/messages/%s"}`,
			name, id, r.Org.ID, i+1, id)
		if c.body != want || c.method != http.MethodPost || c.path != "/securetext?tenant=3" {
			t.Errorf("got %s %s %s\nwant %s", c.method, c.path, c.body, want)
		}
		for header, want := range map[string]string{"Content-Type": "application/json", "User-Agent": "securetext", "X-SecureText-Delivery": name} {
			if got := c.header.Get(header); got != want {
				t.Errorf("%s: %q, want %q", header, got, want)
			}
		}
		checkSignature(t, c, r.now())
	}
	events, err := r.Events(t.Context(), store.EventFilter{Message: id, Kind: store.Notified})
	if err != nil || len(events) != 2 || events[0].Detail != "overdue webhook" {
		t.Errorf("events %+v, %v", events, err)
	}
}

// checkSignature computes the signature by itself.
func checkSignature(t *testing.T, c hookCall, now time.Time) {
	t.Helper()
	header := c.header.Get("X-SecureText-Signature")
	at, v1, _ := strings.Cut(strings.TrimPrefix(header, "t="), ",v1=")
	mac := hmac.New(sha256.New, []byte(hookKey))
	fmt.Fprintf(mac, "%s.%s", at, c.body)
	if v1 != hex.EncodeToString(mac.Sum(nil)) {
		t.Errorf("signature %q does not hold", header)
	}
	if !outbound.NewSecret(hookKey).Signed([]string{header}, c.body, now.Add(-24*time.Hour)) &&
		!outbound.NewSecret(hookKey).Signed([]string{header}, c.body, now) {
		t.Errorf("signature %q is not of now", header)
	}
}

// Each org's webhooks are signed with its own secret.
func TestEachOrgHasItsOwnSecret(t *testing.T) {
	r, p := hookRig(t)
	r.oneRound(t)
	r.run(t, p.hooking, func(c *Config) {
		c.HookSecrets = func(org store.OrgID) []string { return []string{hookKey + string(org)} }
	})
	wait(t, "the webhook", func() bool { return len(p.got()) == 1 })
	c := p.got()[0]
	if !outbound.NewSecret(hookKey+string(r.Org.ID)).Signed(c.header.Values(outbound.SignatureHeader), c.body, r.now()) {
		t.Error("signed with another secret")
	}
}

func TestATestMessageSaysSo(t *testing.T) {
	r, p := hookRig(t)
	r.notices.due = func(d *store.DueNotice) { d.Test = true }
	r.oneRound(t)
	r.run(t, p.hooking)
	wait(t, "the webhook", func() bool { return len(p.got()) == 1 })
	if body := p.got()[0].body; !strings.Contains(body, `"test":true`) {
		t.Errorf("got %s", body)
	}
}

// The server fails in every way, and each try is the first, byte for byte, but
// signed anew.
func TestAWebhookInDoubtIsSentAgainByteForByte(t *testing.T) {
	r, p := hookRig(t)
	p.on(func(n int, w http.ResponseWriter, _ *http.Request) {
		switch n {
		case 1:
			w.WriteHeader(http.StatusInternalServerError)
		case 2:
			panic(http.ErrAbortHandler)
		case 3:
			w.WriteHeader(http.StatusTooManyRequests)
		default:
			w.WriteHeader(http.StatusOK)
		}
	})
	id := r.oneRound(t)
	r.run(t, p.hooking)
	r.pass(t, time.Minute, "the fourth try", func() bool { return r.hookOutcome(t, id) == "sent" })
	calls := p.got()
	signatures := map[string]bool{}
	for _, c := range calls {
		if c.body != calls[0].body || c.header.Get("X-SecureText-Delivery") != calls[0].header.Get("X-SecureText-Delivery") {
			t.Errorf("tries differ: %s and %s", c.body, calls[0].body)
		}
		signatures[c.header.Get("X-SecureText-Signature")] = true
	}
	if len(calls) != 4 || len(signatures) != 4 {
		t.Errorf("%d tries, %d signatures", len(calls), len(signatures))
	}
	for _, code := range []string{"webhook_http_500", "webhook_unreached", "webhook_http_429"} {
		if !strings.Contains(r.log.String(), "code="+code) {
			t.Errorf("the log does not tell of %s", code)
		}
	}
}

func TestARefusedWebhookIsGivenUpAtOnce(t *testing.T) {
	r, p := hookRig(t)
	stop := r.run(t, p.hooking)
	defer stop()
	for _, status := range []int{307, 400, 404, 410} {
		p.says(status)
		r.untilHook(t, fmt.Sprintf("webhook_http_%d", status), r.oneRound(t))
	}
	if n := len(p.got()); n != 4 {
		t.Errorf("asked %d times for 4 webhooks", n)
	}
	p.says(http.StatusAccepted)
	r.untilHook(t, "sent", r.oneRound(t)) // one that is refused holds up no other
}

func TestAWebhookIsGivenUpAfterADay(t *testing.T) {
	r, p := hookRig(t)
	p.says(http.StatusBadGateway)
	id := r.oneRound(t)
	r.run(t, p.hooking)
	r.pass(t, 20*time.Minute, "the end", func() bool { return r.outcome(t, id) != "" })
	got := r.hookOutcome(t, id)
	if age := r.now().Sub(noon); got != "webhook_http_502" || age < 22*time.Hour || age > 26*time.Hour {
		t.Errorf("outcome %q after %v", got, age)
	}
	if n := len(p.got()); n < 20 {
		t.Errorf("tried %d times only", n)
	}
}

func TestWithoutAllThatItTakesAWebhookIsGivenUp(t *testing.T) {
	for want, change := range map[string]func(*store.DueNotice, *Config){
		"no_webhook":        func(d *store.DueNotice, _ *Config) { d.Org.Policy.Hook = "" },
		"webhook_bad_url":   func(d *store.DueNotice, _ *Config) { d.Org.Policy.Hook = "ftp://clinic.example" },
		"webhook_no_secret": func(_ *store.DueNotice, c *Config) { c.HookSecrets = nil },
	} {
		r, p := hookRig(t)
		var config Config
		p.hooking(&config)
		change(&store.DueNotice{}, &config)
		r.notices.due = func(d *store.DueNotice) { change(d, &Config{}) }
		id := r.oneRound(t)
		r.run(t, p.hooking, func(c *Config) { c.HookSecrets = config.HookSecrets })
		r.untilHook(t, want, id)
		if n := len(p.got()); n != 0 {
			t.Errorf("%s: posted %d times", want, n)
		}
	}
}

// Nothing in a webhook or the log tells anything of the number, even when what the
// sender chose repeats it.
func TestS30AWebhookTellsNothingOfThePatient(t *testing.T) {
	r, p := hookRig(t)
	r.notices.due = func(d *store.DueNotice) {
		d.Reference, d.EnvID = "call (211) 436-7789 about Zebulon", "2114367789@secure.text"
	}
	r.oneRound(t)
	r.run(t, p.hooking)
	wait(t, "the webhook", func() bool { return len(p.got()) == 1 })
	c := p.got()[0]
	var fields map[string]any
	if err := json.Unmarshal([]byte(c.body), &fields); err != nil {
		t.Fatal(err)
	}
	if _, shown := fields["reference"]; shown || len(fields) != 9 {
		t.Errorf("members %v", fields)
	}
	everything := fmt.Sprint(c, r.log.String())
	for _, secret := range []string{"2114367789", "4367789", "436-77", "43677", "211436", "Zebulon", "Lakeside", "@", "/m/", r.Sender.Email, hookKey} {
		if strings.Contains(everything, secret) {
			t.Errorf("%q shows", secret)
		}
	}
	if strings.Contains(r.log.String(), "127.0.0.1") {
		t.Error("the log shows the URL")
	}
}

func TestWhoWasReadMeanwhileIsNoNews(t *testing.T) {
	r, p := hookRig(t)
	id := r.overdue(t, store.Watched{Hook: true}, store.Watched{Mail: true})
	if err := r.Take(t.Context(), r.Org.ID, id, storetest.Ana, r.now()); err != nil {
		t.Fatal(err)
	}
	r.run(t, p.hooking)
	var settled []store.Event
	wait(t, "the notices to be dropped", func() bool {
		var err error
		settled, err = r.Events(t.Context(), store.EventFilter{Message: id, Kind: store.NotNotified})
		return err == nil && len(settled) == 2
	})
	for _, e := range settled {
		if !strings.HasSuffix(e.Detail, "settled") {
			t.Errorf("detail %q", e.Detail)
		}
	}
	if n := len(p.got()); n != 0 {
		t.Errorf("%d webhooks of a message that somebody took", n)
	}
}
