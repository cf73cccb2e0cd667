package webhook_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"securetext/sms"
	"securetext/sms/phone"
	"securetext/sms/webhook"
	"securetext/sms/webhook/webhookfake"
	"securetext/store/token"
)

var (
	_ sms.Sender   = (*webhook.Webhook)(nil)
	_ sms.Finder   = (*webhook.Webhook)(nil)
	_ sms.Reporter = (*webhook.Webhook)(nil)
	_ sms.Listener = (*webhook.Webhook)(nil)
)

const (
	secret  = "open sesame, said the forty thieves"
	patient = "+15551230001"
)

// newFake serves a fake. conns counts the connections made to it.
func newFake(t testing.TB) (fake *webhookfake.Fake, base string, conns *atomic.Int32) {
	t.Helper()
	fake = webhookfake.New(secret, time.Now, nil)
	base, conns = serve(t, fake)
	t.Cleanup(fake.Close) // before the server, which waits for hanging requests
	return fake, base, conns
}

func serve(t testing.TB, h http.Handler) (base string, conns *atomic.Int32) {
	t.Helper()
	conns = new(atomic.Int32)
	server := httptest.NewUnstartedServer(h)
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			conns.Add(1)
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	return server.URL, conns
}

func newWebhook(t testing.TB, base string, change ...func(*webhook.Config)) *webhook.Webhook {
	t.Helper()
	c := webhook.Config{URL: base, Secret: secret, From: "+15550000001"}
	for _, f := range change {
		f(&c)
	}
	w, err := webhook.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func impatient(c *webhook.Config) { c.Timeout = 200 * time.Millisecond }

func TestSendSaysAllThatAGatewayNeeds(t *testing.T) {
	var got *http.Request
	var body []byte
	base, _ := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r
		body, _ = io.ReadAll(r.Body)
		io.WriteString(w, `{"id": "gw-1", "cost": 0.02}`)
	}))
	at := time.Unix(1_790_000_000, 0)
	w := newWebhook(t, base+"/texts?tenant=3", func(c *webhook.Config) {
		c.CallbackURL, c.Now = "https://clinic.example/sms/webhook/status", func() time.Time { return at }
	})
	text := newText(t, "txt_1")
	receipt, err := w.Send(t.Context(), text)
	if err != nil || receipt != (sms.Receipt{ProviderID: "gw-1"}) {
		t.Fatalf("Send: %+v, %v", receipt, err)
	}
	var said map[string]any
	if err := json.Unmarshal(body, &said); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"text": "txt_1", "to": patient, "from": "+15550000001", "body": text.Body(), "encoding": "GSM-7",
		"callback": "https://clinic.example/sms/webhook/status",
	}
	if fmt.Sprint(said) != fmt.Sprint(want) {
		t.Errorf("posted %v, want %v", said, want)
	}
	if got.Method != http.MethodPost || got.URL.String() != "/texts?tenant=3" {
		t.Errorf("%s %s", got.Method, got.URL)
	}
	for name, want := range map[string]string{
		"Content-Type": "application/json", "Idempotency-Key": "txt_1",
		"X-SecureText-Signature": webhookfake.Sign(secret, at, string(body)),
	} {
		if got.Header.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, got.Header.Get(name), want)
		}
	}
}

func TestWhatIsNotSetIsLeftOut(t *testing.T) {
	fake, base, _ := newFake(t)
	w := newWebhook(t, base, func(c *webhook.Config) { c.From = "" })
	if _, err := w.Send(t.Context(), newText(t, "txt_1")); err != nil {
		t.Fatal(err)
	}
	if got := fake.Texts()[0]; got.From != "" || got.Callback != "" || got.To != patient {
		t.Errorf("sent %+v", got)
	}
}

func TestATextPostedAgainIsTheSameText(t *testing.T) {
	fake, base, _ := newFake(t)
	w := newWebhook(t, base)
	first, err := w.Send(t.Context(), newText(t, "txt_1"))
	if err != nil {
		t.Fatal(err)
	}
	again, err := w.Send(t.Context(), newText(t, "txt_1"))
	if err != nil || again != first || len(fake.Texts()) != 1 {
		t.Errorf("again: %+v, %v, and %d texts; want %+v", again, err, len(fake.Texts()), first)
	}
}

func TestADeadConnectionIsTriedAnew(t *testing.T) {
	fake, base, conns := newFake(t)
	w := newWebhook(t, base)
	if _, err := w.Send(t.Context(), newText(t, "txt_1")); err != nil {
		t.Fatal(err)
	}
	fake.Fail(webhookfake.Rule{Cut: true, Accept: true, Times: 1})
	receipt, err := w.Send(t.Context(), newText(t, "txt_2"))
	if texts := fake.Texts(); err != nil || len(texts) != 2 || receipt.ProviderID != texts[1].ID {
		t.Errorf("Send: %+v, %v, and %d texts", receipt, err, len(texts))
	}
	if n := conns.Load(); n != 2 {
		t.Errorf("%d connections, want 2", n)
	}
}

func TestATextMayBeDeliveredAtOnce(t *testing.T) {
	fake, base, _ := newFake(t)
	fake.Fail(webhookfake.Rule{Delivered: true})
	receipt, err := newWebhook(t, base).Send(t.Context(), newText(t, "txt_1"))
	if err != nil || !receipt.Delivered || receipt.ProviderID != fake.Texts()[0].ID {
		t.Errorf("Send: %+v, %v", receipt, err)
	}
}

var refusals = []struct {
	rule  webhookfake.Rule
	want  error // nil: temporary
	code  string
	after time.Duration
}{
	{rule: webhookfake.Rule{Status: 422, Error: "opted_out"}, want: sms.ErrOptedOut, code: "webhook_opted_out"},
	{rule: webhookfake.Rule{Status: 422, Error: "landline"}, want: sms.ErrLandline, code: "webhook_landline"},
	{rule: webhookfake.Rule{Status: 422, Error: "dead"}, want: sms.ErrDead, code: "webhook_dead"},
	{rule: webhookfake.Rule{Status: 422, Error: "refused"}, want: sms.ErrPermanent, code: "webhook_refused"},
	{rule: webhookfake.Rule{Status: 422, Error: patient}, code: "webhook_http_422"},
	{rule: webhookfake.Rule{Status: 422}, code: "webhook_http_422"},
	{rule: webhookfake.Rule{Status: 400, Error: "landline"}, code: "webhook_http_400"},
	{rule: webhookfake.Rule{Status: 413}, code: "webhook_http_413"},
	{rule: webhookfake.Rule{Status: 429, RetryAfter: 7}, want: sms.ErrBusy, code: "webhook_http_429", after: 7 * time.Second},
	{rule: webhookfake.Rule{Status: 429, RetryAfter: 1e9}, want: sms.ErrBusy, code: "webhook_http_429", after: time.Hour},
	{rule: webhookfake.Rule{Status: 429}, want: sms.ErrBusy, code: "webhook_http_429"},
	{rule: webhookfake.Rule{Status: 401, Error: "signature"}, want: sms.ErrHalt, code: "webhook_http_401"},
	{rule: webhookfake.Rule{Status: 403}, want: sms.ErrHalt, code: "webhook_http_403"},
	{rule: webhookfake.Rule{Status: 404}, want: sms.ErrHalt, code: "webhook_http_404"},
	{rule: webhookfake.Rule{Status: 404, Error: "no_such_text"}, want: sms.ErrHalt, code: "webhook_http_404"},
	{rule: webhookfake.Rule{Status: 304}, want: sms.ErrHalt, code: "webhook_http_304"},
	{rule: webhookfake.Rule{Status: 500, Error: "landline"}, want: sms.ErrUnsure, code: "webhook_http_500"},
	{rule: webhookfake.Rule{Status: 502}, want: sms.ErrUnsure, code: "webhook_http_502"},
	{rule: webhookfake.Rule{Status: 503, RetryAfter: 5}, want: sms.ErrUnsure, code: "webhook_http_503", after: 5 * time.Second},
	{rule: webhookfake.Rule{Status: 200}, want: sms.ErrUnsure, code: "webhook_no_id"},
	{rule: webhookfake.Rule{Status: 202, Error: "x"}, want: sms.ErrUnsure, code: "webhook_no_id"},
	{rule: webhookfake.Rule{Status: 409}, want: sms.ErrUnsure, code: "webhook_no_id"},
	{rule: webhookfake.Rule{Cut: true}, want: sms.ErrUnsure, code: "webhook_broken_off"},
	{rule: webhookfake.Rule{Hang: true}, want: sms.ErrUnsure, code: "webhook_timeout"},
}

func TestErrorsSayWhatToDo(t *testing.T) {
	for _, c := range refusals {
		t.Run(fmt.Sprintf("%d-%s", c.rule.Status, c.code), func(t *testing.T) {
			fake, base, _ := newFake(t)
			fake.Fail(c.rule)
			_, err := newWebhook(t, base, impatient).Send(t.Context(), newText(t, "txt_1"))
			checkError(t, err, c.want, c.code)
			if sms.RetryAfter(err) != c.after {
				t.Errorf("RetryAfter %v, want %v", sms.RetryAfter(err), c.after)
			}
		})
	}
}

// checkError looks for one sentinel and no other, and for what must not show.
func checkError(t *testing.T, err, want error, code string) {
	t.Helper()
	if err == nil || sms.Code(err) != code {
		t.Fatalf("got error %v, want code %s", err, code)
	}
	for _, sentinel := range []error{
		sms.ErrPermanent, sms.ErrOptedOut, sms.ErrLandline, sms.ErrDead, sms.ErrHalt, sms.ErrBusy, sms.ErrUnsure, sms.ErrAway,
	} {
		expected := want != nil && (want == sentinel || errors.Is(want, sentinel))
		if errors.Is(err, sentinel) != expected {
			t.Errorf("got error %v: is %q: %v", err, sentinel, !expected)
		}
	}
	for _, secret := range []string{"5551230001", "secure message", secret, "/m/", "http://", "127.0.0.1"} {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("error %q shows %q", err, secret)
		}
	}
}

func TestAnotherSecretHalts(t *testing.T) {
	fake, base, _ := newFake(t)
	w := newWebhook(t, base, func(c *webhook.Config) { c.Secret += "!" })
	_, err := w.Send(t.Context(), newText(t, "txt_1"))
	checkError(t, err, sms.ErrHalt, "webhook_http_401")
	if len(fake.Texts()) != 0 {
		t.Error("a text with another secret's signature was taken")
	}
}

func TestSendHeedsItsContext(t *testing.T) {
	fake, base, _ := newFake(t)
	fake.Fail(webhookfake.Rule{Hang: true})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err := newWebhook(t, base).Send(ctx, newText(t, "txt_1"))
	if !errors.Is(err, sms.ErrUnsure) || time.Since(start) > 5*time.Second {
		t.Errorf("got error %v after %v", err, time.Since(start))
	}
}

func newText(t testing.TB, id string) sms.Text {
	t.Helper()
	to, err := phone.Parse(patient, "")
	if err != nil {
		t.Fatal(err)
	}
	org, err := sms.ParseOrgName("Clinic")
	if err != nil {
		t.Fatal(err)
	}
	base, err := sms.ParsePublicURL("https://clinic.example")
	if err != nil {
		t.Fatal(err)
	}
	return sms.LinkText(id, to, sms.Voice{Org: org, Lang: "en"}, sms.NewMessage, base.Link(token.New()))
}
