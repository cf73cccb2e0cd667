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
	"sync/atomic"
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
		link, err := r.Link(t.Context(), tok.Hash(), r.now())
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
	r.fake.Fail(twiliofake.Rule{Status: 400, Code: 99999})
	id := r.accept(t, 1)[0]
	r.forward(14*24*time.Hour - 500*time.Millisecond)
	r.run(t)
	r.until(t, store.Failed, id)
	if got := r.events(t, id); got != "accepted:smtp failed:twilio_99999" {
		t.Errorf("events %q", got)
	}
}

func TestARefusedAccountStopsTheLineAndCallsTheOperatorOnce(t *testing.T) {
	r := newRig(t)
	r.fake.Fail(twiliofake.Rule{Status: 401, Code: 20003})
	numbers := make([]int, 60)
	for i := range numbers {
		numbers[i] = i + 1
	}
	ids := r.accept(t, numbers...)
	var asked atomic.Int32
	counting := senderFunc(func(ctx context.Context, text sms.Text) (sms.Receipt, error) {
		asked.Add(1)
		return r.sender.Send(ctx, text)
	})
	r.run(t, func(c *courier.Config) { c.Sender, c.Concurrency = counting, 4 })
	for _, id := range ids {
		r.untilEvent(t, id, "deferred:")
	}
	if n := asked.Load(); n > 8 {
		t.Errorf("asked %d times before the line stopped, with 4 at once", n)
	}
	for range 5 {
		before := asked.Load()
		r.forward(20 * time.Minute)
		wait(t, "another try", func() bool { return asked.Load() > before })
		time.Sleep(20 * time.Millisecond)
		if n := asked.Load() - before; n > 1 {
			t.Errorf("tried %d texts after a pause, want 1", n)
		}
	}
	if n := strings.Count(r.log.String(), "level=ERROR"); n != 1 {
		t.Errorf("%d errors logged, want 1: %s", n, r.log)
	}
	r.fake.Mend()
	r.pass(t, "the line to open", func() bool { return strings.Contains(r.log.String(), "line is open again") })
	for _, id := range ids {
		r.pass(t, "delivery", func() bool { return r.status(t, id) == store.Delivered })
	}
	if n := len(r.fake.Texts()); n != len(ids) {
		t.Errorf("%d texts for %d messages", n, len(ids))
	}
}

func TestTwoCouriersSendEachTextOnce(t *testing.T) {
	r := newRig(t)
	numbers := make([]int, 150)
	for i := range numbers {
		numbers[i] = i + 1
	}
	ids := r.accept(t, numbers...)
	for range 2 {
		r.run(t, func(c *courier.Config) { c.Batch = 7 })
	}
	r.until(t, store.Delivered, ids...)
	perNumber := map[string]int{}
	for _, text := range r.fake.Texts() {
		perNumber[text.To]++
	}
	for to, n := range perNumber {
		if n != 1 {
			t.Errorf("%s got %d texts", to, n)
		}
	}
	if len(perNumber) != len(ids) {
		t.Errorf("%d of %d numbers got a text", len(perNumber), len(ids))
	}
}

func TestANudgeIsFasterThanThePoll(t *testing.T) {
	r := newRig(t)
	c, err := courier.New(r.config(func(c *courier.Config) { c.Poll = time.Hour }))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- c.Run(ctx) }()
	time.Sleep(20 * time.Millisecond) // it has looked, found nothing, and rests
	id := r.accept(t, 1)[0]
	for range 3 {
		c.Nudge() // never waits
	}
	r.until(t, store.Delivered, id)
	cancel()
	if err := <-done; err != nil {
		t.Errorf("Run: %v", err)
	}
}

func TestStopEndsTheTextInHand(t *testing.T) {
	r := newRig(t)
	started, release := make(chan struct{}), make(chan struct{})
	slow := senderFunc(func(ctx context.Context, text sms.Text) (sms.Receipt, error) {
		close(started)
		select {
		case <-release:
			return sms.Receipt{ProviderID: "SM1"}, nil
		case <-ctx.Done():
			return sms.Receipt{}, &sms.Error{Code: "cut", Err: sms.ErrUnsure}
		}
	})
	ids := r.accept(t, 1, 2, 3)
	stop := r.run(t, func(c *courier.Config) { c.Sender, c.Concurrency = slow, 1 })
	<-started
	time.AfterFunc(50*time.Millisecond, func() { close(release) })
	stop()
	if got := r.status(t, ids[0]); got != store.Sent {
		t.Errorf("the text in hand: status %s, want sent", got)
	}
	due, err := r.Due(t.Context(), 10, time.Minute, r.now())
	if err != nil || len(due) != 2 {
		t.Errorf("%d texts are due at once for another courier, %v; want 2", len(due), err)
	}
	for _, d := range due {
		if len(d.Doubts) != 0 {
			t.Error("a text that was put back is in doubt")
		}
	}
}

func TestConsoleTextsAreDeliveredAtOnce(t *testing.T) {
	r := newRig(t)
	c := console.New(io.Discard, r.now)
	id := r.accept(t, 1)[0]
	r.run(t, func(config *courier.Config) { config.Sender = c })
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
	garbled := &faulty{Outbox: r.Store, due: func(d *store.Due) { d.Number = d.Number[1:] }}
	stop := r.run(t, func(c *courier.Config) { c.Store = garbled })
	r.untilEvent(t, id, "deferred:number_unreadable")
	stop()
	nameless := &faulty{Outbox: r.Store, due: func(d *store.Due) { d.SMSName = "診療所" }}
	r.forward(20 * time.Minute)
	stop = r.run(t, func(c *courier.Config) { c.Store = nameless })
	r.untilEvent(t, id, "deferred:org_name")
	stop()
	r.forward(20 * time.Minute)
	r.run(t)
	r.until(t, store.Delivered, id)
}

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
