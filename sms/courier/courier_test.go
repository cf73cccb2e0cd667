package courier_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"securetext/sms"
	"securetext/sms/console"
	"securetext/sms/courier"
	"securetext/sms/phone"
	"securetext/sms/twilio/twiliofake"
	"securetext/store"
	"securetext/store/storetest"
)

func TestSendsALinkThatLeadsToTheMessage(t *testing.T) {
	r := newRig(t)
	ids := r.accept(t, 1, 2)
	r.run(t)
	r.until(t, store.Delivered, ids...)
	texts := r.fake.Texts()
	if len(texts) != 2 {
		t.Fatalf("%d texts, want 2", len(texts))
	}
	for _, text := range texts {
		tok, ok := sms.FindToken(text.Body)
		if !ok {
			t.Fatalf("text %q has no link", text.Body)
		}
		link, err := r.Link(t.Context(), tok.Hash(), store.DeviceHash{}, r.now())
		if err != nil || !slices.Contains(ids, link.Message) {
			t.Errorf("link leads to %s, %v", link.Message, err)
		}
		if !strings.HasPrefix(text.Body, "Lakeside: tiene un mensaje seguro.") {
			t.Errorf("text %q is not in the message's language", text.Body)
		}
	}
	if got := r.events(t, ids[0]); got != "accepted:smtp sent delivered" {
		t.Errorf("events %q", got)
	}
}

// No token, number or word of a text is in the store's files or the log, which
// tell of the text all the same.
func TestS01NoTokenIsStoredOrLogged(t *testing.T) {
	r := newRig(t)
	id := r.accept(t, 1)[0]
	r.fake.Fail(twiliofake.Rule{Times: 1, Status: 400, Code: 99999})
	r.run(t)
	r.untilEvent(t, id, "deferred:twilio_99999")
	r.forward(time.Minute)
	r.until(t, store.Delivered, id)
	tok, _ := sms.FindToken(r.fake.Texts()[0].Body)
	var kept bytes.Buffer
	files, err := filepath.Glob(r.path + "*")
	if err != nil || len(files) < 2 {
		t.Fatalf("the store's files: %v, %v", files, err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		kept.Write(b)
	}
	kept.WriteString(r.log.String())
	for _, want := range []string{string(id), "txt_", "twilio_99999"} {
		if !strings.Contains(kept.String(), want) {
			t.Errorf("%q is nowhere", want)
		}
	}
	for _, secret := range []string{tok.Secret(), storetest.Number(1)[1:], "mensaje seguro", publicURL + "/m/"} {
		if bytes.Contains(kept.Bytes(), []byte(secret)) {
			t.Errorf("%q is kept", secret)
		}
	}
}

func TestS02LinksAreOfTheConfiguredURL(t *testing.T) {
	for _, bad := range []string{"", "clinic.example", "https://clinic.example/path", "https://" + strings.Repeat("h", 60)} {
		if _, err := courier.New(courier.Config{PublicURL: bad}); !errors.Is(err, sms.ErrPublicURL) {
			t.Errorf("New with %q: got error %v, want ErrPublicURL", bad, err)
		}
	}
	r := newRig(t)
	r.accept(t, 1)
	r.run(t, func(c *courier.Config) { c.PublicURL = "https://other.example:8443/" })
	wait(t, "a text", func() bool { return len(r.fake.Texts()) == 1 })
	if _, link, _ := strings.Cut(r.fake.Texts()[0].Body, "https://"); !strings.HasPrefix(link, "other.example:8443/m/") || len(link) != len("other.example:8443/m/")+26 {
		t.Errorf("link %q", link)
	}
}

func TestWhatErrorsLeadTo(t *testing.T) {
	cases := []struct {
		name   string
		rule   twiliofake.Rule
		first  string // the event after the first try
		last   store.Kind
		events string
	}{
		{"no such number", twiliofake.Rule{Status: 400, Code: 21211}, "failed:twilio_21211", store.Failed, "accepted:smtp failed:twilio_21211"},
		{"opted out", twiliofake.Rule{Status: 400, Code: 21610}, "failed:twilio_21610", store.Failed, "accepted:smtp failed:twilio_21610"},
		{"unknown code", twiliofake.Rule{Times: 1, Status: 400, Code: 99999}, "deferred:twilio_99999", store.Delivered, "accepted:smtp deferred:twilio_99999 sent delivered"},
		{"too many", twiliofake.Rule{Times: 1, Status: 429, Code: 20429, RetryAfter: 30}, "deferred:twilio_20429", store.Delivered, "accepted:smtp deferred:twilio_20429 sent delivered"},
		{"account", twiliofake.Rule{Times: 1, Status: 401, Code: 20003}, "deferred:twilio_20003", store.Delivered, "accepted:smtp deferred:twilio_20003 sent delivered"},
		{"ambiguous", twiliofake.Rule{Times: 1, Status: 500}, "deferred:twilio_http_500", store.Delivered, "accepted:smtp deferred:twilio_http_500 sent delivered"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t)
			r.fake.Fail(c.rule)
			id := r.accept(t, 1)[0]
			r.run(t)
			r.untilEvent(t, id, c.first)
			r.forward(20 * time.Minute)
			r.until(t, c.last, id)
			if got := r.events(t, id); got != c.events {
				t.Errorf("events %q, want %q", got, c.events)
			}
		})
	}
}

func TestRetriesEndWithTheMessage(t *testing.T) {
	r := newRig(t)
	r.fake.Fail(twiliofake.Rule{Status: 400, Code: 99999, RetryAfter: 3600})
	id := r.accept(t, 1)[0]
	r.forward(14*24*time.Hour - time.Minute)
	r.run(t)
	r.until(t, store.Failed, id)
	if got := r.events(t, id); got != "accepted:smtp failed:twilio_99999" {
		t.Errorf("events %q", got)
	}
}

func TestConsoleTextsAreDeliveredAtOnce(t *testing.T) {
	r := newRig(t)
	c := console.New(io.Discard, r.now)
	id := r.accept(t, 1)[0]
	r.run(t, func(config *courier.Config) { config.Roads = through(c) })
	to, err := phone.Parse(storetest.Number(1), "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Next(t.Context(), to, 0); err != nil {
		t.Fatal(err)
	}
	r.until(t, store.Delivered, id)
}

func TestWhatCannotBeReadIsPutOff(t *testing.T) {
	r := newRig(t)
	id := r.accept(t, 1)[0]
	garbled := &faulty{Store: r.Store, due: func(d *store.Due) { d.Number = d.Number[1:] }}
	stop := r.run(t, func(c *courier.Config) { c.Store = garbled })
	r.untilEvent(t, id, "deferred:number_unreadable")
	stop()
	nameless := r.Org
	nameless.SMSName = "診療所"
	r.forward(20 * time.Minute)
	stop = r.run(t, func(c *courier.Config) { c.Directory = directory{nameless} })
	r.untilEvent(t, id, "deferred:org_name")
	stop()
	r.forward(20 * time.Minute)
	r.run(t)
	r.until(t, store.Delivered, id)
}

// directory is of one org.
type directory struct{ org store.Org }

func (d directory) Org(context.Context, store.OrgID) (store.Org, error) { return d.org, nil }

func TestMetricsTellWhatBecameOfTexts(t *testing.T) {
	r := newRig(t)
	r.fake.Fail(twiliofake.Rule{To: storetest.Number(1), Status: 400, Code: 21211})
	ids := r.accept(t, 1, 2)
	reg := prometheus.NewRegistry()
	r.run(t, func(c *courier.Config) { c.Metrics = reg })
	r.until(t, store.Failed, ids[0])
	r.until(t, store.Delivered, ids[1])
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	out := fmt.Sprint(families)
	for _, want := range []string{"securetext_texts_total", `value:"failed"`, `value:"sent"`, "securetext_text_send_seconds", "securetext_text_line_stopped", "securetext_outbox_due", "securetext_outbox_oldest_seconds"} {
		if !strings.Contains(out, want) {
			t.Errorf("metrics lack %s", want)
		}
	}
	if _, err := courier.New(r.config(func(c *courier.Config) { c.Metrics = reg })); err == nil {
		t.Error("metrics registered twice")
	}
}
