package courier_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"securetext/sms"
	"securetext/sms/courier"
	"securetext/sms/twilio/twiliofake"
	"securetext/store"
)

func TestS31ReceiptsOnlyMoveForward(t *testing.T) {
	for name, rule := range map[string]twiliofake.Rule{
		"duplicate": {Duplicate: true}, "reverse": {Reverse: true}, "both": {Duplicate: true, Reverse: true}, "late": {Delay: 30 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.fake.Fail(rule)
			id := r.accept(t, 1)[0]
			r.run(t)
			r.until(t, store.Delivered, id)
			r.fake.Wait()
			wait(t, "the courier", func() bool { return r.events(t, id) == "accepted:smtp sent delivered" })
		})
	}
}

func TestS31ForgedReceiptsChangeNothing(t *testing.T) {
	r := newRig(t)
	r.fake.Fail(twiliofake.Rule{Forge: true})
	id := r.accept(t, 1)[0]
	r.run(t)
	r.until(t, store.Sent, id)
	r.fake.Wait()
	if got := r.events(t, id); got != "accepted:smtp sent" {
		t.Errorf("events %q", got)
	}
	if !strings.Contains(r.log.String(), "callback refused") {
		t.Error("the forgery is not logged")
	}
}

func TestATextLostOnTheWayIsSentAgain(t *testing.T) {
	cases := []struct {
		code   int
		events string
		waits  time.Duration // before another text at least
		again  time.Duration // by when there is another; zero: never
	}{
		{30003, "accepted:smtp sent undelivered:twilio_30003", 9 * time.Minute, 70 * time.Minute},
		{30005, "accepted:smtp sent undelivered:twilio_30005", 9 * time.Minute, 0},
		{30007, "accepted:smtp sent undelivered:twilio_30007", 59 * time.Minute, 3 * time.Hour}, // once it may be mended
	}
	for _, c := range cases {
		r := newRig(t)
		r.fake.Fail(twiliofake.Rule{Times: 1, Final: "undelivered", FinalCode: c.code})
		id := r.accept(t, 1)[0]
		r.run(t)
		wait(t, "the receipt", func() bool { return r.events(t, id) == c.events })
		r.forward(c.waits)
		time.Sleep(20 * time.Millisecond)
		if n := len(r.fake.Texts()); n != 1 {
			t.Fatalf("%d: %d texts within %v", c.code, n, c.waits)
		}
		r.forward(max(c.again, 70*time.Minute) - c.waits)
		if c.again == 0 {
			time.Sleep(20 * time.Millisecond)
			if n := len(r.fake.Texts()); n != 1 {
				t.Errorf("%d: %d texts, want 1", c.code, n)
			}
			continue
		}
		r.until(t, store.Delivered, id)
	}
}

// receiptsOnly records the receipts it is given, and answers with err.
type receiptsOnly struct {
	got []store.Receipt
	err error
}

func (s *receiptsOnly) Receipt(_ context.Context, r store.Receipt, _ time.Time) error {
	s.got = append(s.got, r)
	return s.err
}

// listener hears one thing of a text.
type listener struct {
	status sms.Status
	err    error
}

func (l listener) Callback(*http.Request) (sms.Status, error) { return l.status, l.err }

func (l listener) Inbound(*http.Request) (sms.Inbound, error) { return sms.Inbound{}, l.err }

func (l listener) Reply(http.ResponseWriter, string) {}

func TestWhatCallbacksAreAnswered(t *testing.T) {
	cases := []struct {
		name     string
		status   sms.Status
		parseErr error
		storeErr error
		want     int
		recorded int
		logged   string
	}{
		{name: "recorded", status: sms.Status{Text: "txt_1", State: sms.Delivered}, want: 200, recorded: 1, logged: "receipt recorded"},
		{name: "nothing new", status: sms.Status{Text: "txt_1"}, want: 200},
		{name: "forged", parseErr: errors.New("forged"), want: 403, logged: "callback refused"},
		{name: "unknown text", status: sms.Status{Text: "txt_1", State: sms.Sent}, storeErr: store.ErrNotFound, want: 200, recorded: 1, logged: "nobody sent"},
		{name: "store away", status: sms.Status{Text: "txt_1", State: sms.Sent}, storeErr: store.ErrUnavailable, want: 503, recorded: 1, logged: "not recorded"},
		{name: "set-up", status: sms.Status{Text: "txt_1", State: sms.Failed, Code: "twilio_30034", Means: sms.ErrHalt}, want: 200, recorded: 1, logged: "level=ERROR"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s, log := &receiptsOnly{err: c.storeErr}, &logBook{}
			h := &courier.Receipts{
				Store: s, Log: log.logger(), Now: time.Now,
				Listener: listener{c.status, c.parseErr},
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest("POST", "/", nil))
			if w.Code != c.want || len(s.got) != c.recorded || !strings.Contains(log.String(), c.logged) {
				t.Errorf("status %d, %d recorded, log %q", w.Code, len(s.got), log)
			}
		})
	}
}

func TestReceiptsTellOfTheRecipient(t *testing.T) {
	for means, want := range map[error]store.Refusal{
		sms.ErrOptedOut: store.OptedOut, sms.ErrLandline: store.Landline, sms.ErrDead: store.Dead,
		sms.ErrPermanent: "", sms.ErrHalt: "", nil: "",
	} {
		s, log := &receiptsOnly{}, &logBook{}
		h := &courier.Receipts{
			Store: s, Log: log.logger(), Now: time.Now,
			Listener: listener{sms.Status{Text: "txt_1", State: sms.Undelivered, Means: means}, nil},
		}
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("POST", "/", nil))
		if len(s.got) != 1 || s.got[0].Refusal != want {
			t.Errorf("%v: got %+v, want the refusal %q", means, s.got, want)
		}
	}
}

func TestACarrierThatRefusesTheAccountStopsTheRoad(t *testing.T) {
	r := newRig(t)
	r.fake.Fail(twiliofake.Rule{Times: 3, Final: "undelivered", FinalCode: 30034})
	ids := r.accept(t, 1, 2, 3)
	h := r.receipts(r.Store)
	r.heard = func() *courier.Receipts { return h } // one process hears of all
	r.run(t)
	for _, id := range ids {
		r.untilEvent(t, id, "undelivered:twilio_30034")
	}
	lines, err := r.Lines(t.Context())
	if err != nil || len(lines) != 1 || lines[0].Code != "twilio_30034" || !lines[0].Until.After(r.now()) {
		t.Fatalf("lines %+v, %v", lines, err)
	}
	time.Sleep(2 * time.Second) // by then every process knows
	other := r.accept(t, 4)[0]
	time.Sleep(50 * time.Millisecond)
	if got := r.status(t, other); got != store.Accepted {
		t.Errorf("a text went out on a road that is stopped: %s", got)
	}
	r.pass(t, "delivery of all", func() bool {
		for _, id := range append(ids, other) {
			if r.status(t, id) != store.Delivered {
				return false
			}
		}
		return true
	})
}

// ending counts how often it is asked to end messages.
type ending struct {
	sync.Mutex
	left  int
	asked int
	err   error
}

func (e *ending) Expire(_ context.Context, limit int, _ time.Time) (int, error) {
	e.Lock()
	defer e.Unlock()
	e.asked++
	n := min(limit, e.left)
	e.left -= n
	return n, e.err
}

func TestSweeper(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, log := &ending{left: 450, err: store.ErrUnavailable}, &logBook{}
		s := &courier.Sweeper{Store: e, Log: log.logger(), Now: time.Now}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- s.Run(ctx) }()
		synctest.Wait()
		if e.asked != 1 || !strings.Contains(log.String(), "messages not expired") {
			t.Errorf("store away: asked %d times, log %q", e.asked, log)
		}
		e.Lock()
		e.err = nil
		e.Unlock()
		time.Sleep(time.Minute + time.Second)
		synctest.Wait()
		if e.left != 0 || e.asked != 3 || !strings.Contains(log.String(), "messages=250") {
			t.Errorf("%d left after %d calls, log %q", e.left, e.asked, log)
		}
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
}

func TestSweeperEndsMessages(t *testing.T) {
	r := newRig(t)
	id := r.accept(t, 1)[0]
	r.forward(15 * 24 * time.Hour)
	s := &courier.Sweeper{Store: r.Store, Log: r.log.logger(), Now: r.now, Every: 5 * time.Millisecond}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go s.Run(ctx)
	r.untilEvent(t, id, "expired")
}
