package webhook_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"securetext/sms"
	"securetext/sms/webhook"
	"securetext/sms/webhook/webhookfake"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func clock(at time.Time) func(*webhook.Config) {
	return func(c *webhook.Config) { c.Now = func() time.Time { return at } }
}

func newCallbacks(t testing.TB) *webhook.Webhook {
	return newWebhook(t, "http://127.0.0.1:1", clock(noon))
}

// posted is a callback with that signature.
func posted(body, signature string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "http://10.0.0.7:8080/sms/webhook/status", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	r.Header.Set(webhookfake.Header, signature)
	return r
}

func signed(body string) *http.Request { return posted(body, webhookfake.Sign(secret, noon, body)) }

func TestCallbackReadsTheStatus(t *testing.T) {
	w := newCallbacks(t)
	cases := []struct {
		state, code, transient string
		want                   sms.Status
	}{
		{state: "sent", want: sms.Status{State: sms.Sent}},
		{state: "sent", code: "dead", want: sms.Status{State: sms.Sent}},
		{state: "delivered", want: sms.Status{State: sms.Delivered}},
		{state: "failed", code: "opted_out", want: sms.Status{State: sms.Failed, Code: "webhook_opted_out", Means: sms.ErrOptedOut}},
		{state: "undelivered", code: "landline", want: sms.Status{State: sms.Undelivered, Code: "webhook_landline", Means: sms.ErrLandline}},
		{state: "undelivered", code: "dead", want: sms.Status{State: sms.Undelivered, Code: "webhook_dead", Means: sms.ErrDead}},
		{state: "undelivered", code: "dead", transient: "true", want: sms.Status{State: sms.Undelivered, Code: "webhook_dead", Means: sms.ErrDead}},
		{state: "undelivered", code: "refused", want: sms.Status{State: sms.Undelivered, Code: "webhook_refused", Means: sms.ErrPermanent}},
		{state: "undelivered", code: "filtered", want: sms.Status{State: sms.Undelivered, Code: "webhook_filtered", Means: sms.ErrHalt}},
		{state: "undelivered", code: "unreachable", want: sms.Status{State: sms.Undelivered, Code: "webhook_unreachable", Transient: true}},
		{state: "undelivered", code: "unreachable", transient: "false", want: sms.Status{State: sms.Undelivered, Code: "webhook_unreachable"}},
		{state: "undelivered", code: "expired", want: sms.Status{State: sms.Undelivered, Code: "webhook_expired", Transient: true}},
		{state: "failed", code: "congested", want: sms.Status{State: sms.Failed, Code: "webhook_congested", Transient: true}},
		{state: "failed", code: "unknown", want: sms.Status{State: sms.Failed, Code: "webhook_unknown", Transient: true}},
		{state: "failed", code: "unknown", transient: "null", want: sms.Status{State: sms.Failed, Code: "webhook_unknown", Transient: true}},
		{state: "failed", code: patient, want: sms.Status{State: sms.Failed, Code: "webhook_unknown", Transient: true}},
		{state: "failed", want: sms.Status{State: sms.Failed, Code: "webhook_unknown", Transient: true}},
		{state: "teleported", code: "dead", want: sms.Status{}},
		{state: "Delivered", want: sms.Status{}},
	}
	for _, c := range cases {
		transient := ""
		if c.transient != "" {
			transient = `, "transient": ` + c.transient
		}
		body := fmt.Sprintf(`{"text": "txt_1", "id": "gw-1", "state": %q, "code": %q, "price": {"usd": 2}%s}`, c.state, c.code, transient)
		c.want.Text, c.want.ProviderID = "txt_1", "gw-1"
		for range 2 { // a replay says the same once more
			if got, err := w.Callback(signed(body)); err != nil || got != c.want {
				t.Errorf("%s: got %+v, %v; want %+v", body, got, err, c.want)
			}
		}
	}
	for body, want := range map[string]sms.Status{
		`{"id":"gw-1","state":"sent"}`:    {ProviderID: "gw-1", State: sms.Sent},
		`{"text":"txt_1","state":"sent"}`: {Text: "txt_1", State: sms.Sent},
	} {
		if got, err := w.Callback(signed(body)); err != nil || got != want {
			t.Errorf("%s: got %+v, %v", body, got, err)
		}
	}
}

const delivered = `{"text":"txt_1","id":"gw-1","state":"delivered"}`

func TestS31ForgedAndStaleCallbacksAreRefused(t *testing.T) {
	w := newCallbacks(t)
	good := webhookfake.Sign(secret, noon, delivered)
	moment, mac, _ := strings.Cut(good, ",")
	twice := posted(delivered, good)
	twice.Header.Add(webhookfake.Header, good)
	for name, r := range map[string]*http.Request{
		"no signature":      posted(delivered, ""),
		"two signatures":    twice,
		"another secret":    posted(delivered, webhookfake.Sign(secret+"!", noon, delivered)),
		"another body":      posted(strings.Replace(delivered, "delivered", "failed", 1), good),
		"a space more":      posted(delivered+" ", good),
		"another time":      posted(delivered, fmt.Sprintf("t=%d,%s", noon.Unix()+1, mac)),
		"no time":           posted(delivered, mac),
		"only a time":       posted(delivered, moment),
		"an empty mac":      posted(delivered, moment+",v1="),
		"half a mac":        posted(delivered, good[:len(good)-32]),
		"two times":         posted(delivered, moment+","+good),
		"two macs":          posted(delivered, good+",v1=00"),
		"not hexadecimal":   posted(delivered, moment+",v1="+strings.Repeat("zz", 32)),
		"a time of letters": posted(delivered, "t=now,"+mac),
		"too old":           posted(delivered, webhookfake.Sign(secret, noon.Add(-5*time.Minute-time.Second), delivered)),
		"of the future":     posted(delivered, webhookfake.Sign(secret, noon.Add(5*time.Minute+time.Second), delivered)),
		"of another age":    posted(delivered, webhookfake.Sign(secret, time.Unix(1<<62, 0), delivered)),
	} {
		if s, err := w.Callback(r); !errors.Is(err, sms.ErrForged) || s != (sms.Status{}) {
			t.Errorf("%s: got %+v, %v; want sms.ErrForged", name, s, err)
		}
	}
	for name, signature := range map[string]string{
		"now": good, "old": webhookfake.Sign(secret, noon.Add(-5*time.Minute), delivered),
		"early": webhookfake.Sign(secret, noon.Add(5*time.Minute), delivered), "a later version": good + ", v2=??",
	} {
		if s, err := w.Callback(posted(delivered, signature)); err != nil || s.State != sms.Delivered {
			t.Errorf("%s: got %+v, %v", name, s, err)
		}
	}
}

// malformed are bodies that are signed, and neither a callback nor a text.
var malformed = []string{
	"", "{", "null", "[]", `"text"`, "{}", `{"state":`, delivered + delivered,
	`{"state":"sent","from":"` + patient + `","text":7,"body":"STOP"}`,
}

func TestMalformedCallbacksAreRefused(t *testing.T) {
	w := newCallbacks(t)
	bodies := append([]string{
		`{"text":"txt_1","id":"gw-1"}`, `{"state":"sent"}`, `{"text":"` + patient + ` or so","state":"sent"}`,
		`{"id":"` + strings.Repeat("x", 129) + `","state":"sent"}`, `{"id":"gw-1","state":7}`, `{"id":"gw-1","state":"failed","transient":"no"}`,
		`{"id":"gw-1","state":"sent","pad":"` + strings.Repeat("x", 16<<10) + `"}`,
	}, malformed...)
	for _, body := range bodies {
		if _, err := w.Callback(signed(body)); !errors.Is(err, sms.ErrMalformed) {
			t.Errorf("%.60s: got error %v, want sms.ErrMalformed", body, err)
		}
	}
	get, form, plain := signed(delivered), signed(delivered), signed(delivered)
	get.Method = http.MethodGet
	form.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	plain.Header.Del("Content-Type")
	for name, r := range map[string]*http.Request{"GET": get, "a form": form, "no type": plain} {
		if _, err := w.Callback(r); !errors.Is(err, sms.ErrMalformed) {
			t.Errorf("%s: got error %v, want sms.ErrMalformed", name, err)
		}
	}
}

func TestInboundReadsKeywords(t *testing.T) {
	w := newCallbacks(t)
	for body, want := range map[string]sms.Keyword{"STOP": sms.Stop, " stop. ": sms.Stop, "Start": sms.Start, "help": sms.Help, "see you at 3": ""} {
		text, err := json.Marshal(map[string]any{"from": patient, "to": "+15550000001", "body": body, "carrier": "x"})
		if err != nil {
			t.Fatal(err)
		}
		in, err := w.Inbound(signed(string(text)))
		if err != nil || in.From.E164() != patient || len(in.To) != 1 || in.To[0] != "+15550000001" || in.Keyword != want {
			t.Errorf("%q: got %+v, %v", body, in, err)
		}
	}
	in, err := w.Inbound(signed(`{"from":"` + patient + `","body":"STOP"}`))
	if err != nil || len(in.To) != 0 || in.Keyword != sms.Stop {
		t.Errorf("to nobody: got %+v, %v", in, err)
	}
}

func TestInboundRefuses(t *testing.T) {
	w := newCallbacks(t)
	good := `{"from":"` + patient + `","to":"+15550000001","body":"STOP"}`
	if in, err := w.Inbound(posted(good, webhookfake.Sign(secret+"!", noon, good))); !errors.Is(err, sms.ErrForged) || !in.From.IsZero() {
		t.Errorf("forged: got %+v, %v", in, err)
	}
	for _, body := range append([]string{`{"from":"12345","body":"STOP"}`, `{"from":"","body":"STOP"}`, `{"from":"` + patient + `","body":7}`}, malformed...) {
		if _, err := w.Inbound(signed(body)); !errors.Is(err, sms.ErrMalformed) {
			t.Errorf("%.60s: got error %v, want sms.ErrMalformed", body, err)
		}
	}
}

// One secret signs both ways, so what we posted must not come back as another's.
func TestS31OurOwnTextsAreNotReadAsCallbacks(t *testing.T) {
	var body, signature string
	base, _ := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var raw json.RawMessage
		json.NewDecoder(r.Body).Decode(&raw)
		body, signature = string(raw), r.Header.Get(webhookfake.Header)
	}))
	w := newWebhook(t, base, clock(noon))
	if _, err := w.Send(t.Context(), newText(t, "txt_1")); err == nil {
		t.Fatal("sent")
	}
	if _, err := w.Callback(posted(body, signature)); !errors.Is(err, sms.ErrMalformed) {
		t.Errorf("Callback: got error %v", err)
	}
	if _, err := w.Inbound(posted(body, signature)); !errors.Is(err, sms.ErrMalformed) {
		t.Errorf("Inbound: got error %v", err)
	}
}

func TestReply(t *testing.T) {
	for words, want := range map[string]string{"": `{}`, `Clinic: "STOP" ends texts.`: `{"reply":"Clinic: \"STOP\" ends texts."}`} {
		rec := httptest.NewRecorder()
		newCallbacks(t).Reply(rec, words)
		if got := strings.TrimSpace(rec.Body.String()); rec.Code != http.StatusOK || got != want || rec.Header().Get("Content-Type") != "application/json" {
			t.Errorf("%q: %d %s", words, rec.Code, got)
		}
	}
}

func TestTheFakesCallbacksAreRead(t *testing.T) {
	_, base, _ := newFake(t)
	heard := make(chan sms.Status, 2)
	var w *webhook.Webhook
	hook, _ := serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		s, err := w.Callback(r)
		if err != nil {
			t.Errorf("Callback: %v", err)
		}
		heard <- s
	}))
	w = newWebhook(t, base, func(c *webhook.Config) { c.CallbackURL = hook })
	receipt, err := w.Send(t.Context(), newText(t, "txt_1"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []sms.State{sms.Sent, sms.Delivered} {
		if got := <-heard; got != (sms.Status{Text: "txt_1", ProviderID: receipt.ProviderID, State: want}) {
			t.Errorf("heard %+v, want %s", got, want)
		}
	}
}

func FuzzCallback(f *testing.F) {
	w := newCallbacks(f)
	f.Add(delivered, webhookfake.Sign(secret, noon, delivered))
	f.Add(`{"state":"sent"}`, "t=1,v1=00")
	f.Add("{", "t=,v1=,=")
	f.Fuzz(func(t *testing.T, body, signature string) {
		given := posted(body, "")
		given.Header[http.CanonicalHeaderKey(webhookfake.Header)] = []string{signature}
		if s, err := w.Callback(given); err == nil && body != delivered {
			t.Fatalf("%q passed as %+v", body, s)
		} else if err != nil && !errors.Is(err, sms.ErrForged) && !errors.Is(err, sms.ErrMalformed) {
			t.Fatal(err)
		}
		s, err := w.Callback(signed(body))
		switch {
		case err == nil && (s.Text+s.ProviderID == "" || len(s.Code) > 32):
			t.Fatalf("%q passed as %+v", body, s)
		case err != nil && !errors.Is(err, sms.ErrMalformed):
			t.Fatal(err)
		}
	})
}

func FuzzInbound(f *testing.F) {
	w := newCallbacks(f)
	f.Add(`{"from":"+15551230001","to":"+15550000001","body":"STOP"}`)
	f.Add(`{"from":"+15551230001","text":null}`)
	f.Add(delivered)
	f.Fuzz(func(t *testing.T, body string) {
		in, err := w.Inbound(signed(body))
		switch {
		case err == nil && in.From.IsZero():
			t.Fatalf("%q passed as %+v", body, in)
		case err != nil && !errors.Is(err, sms.ErrMalformed):
			t.Fatal(err)
		}
	})
}
