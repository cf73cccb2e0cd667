package courier_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"securetext/sms"
	"securetext/sms/courier"
	"securetext/store"
	"securetext/store/seal"
	"securetext/store/token"
)

var (
	sixDigits = regexp.MustCompile(`\b[0-9]{6}\b`)
	phoneA    = store.HashDevice([]byte("a phone"))
	phoneB    = store.HashDevice([]byte("another phone"))
	visitor   = store.Actor{Kind: store.ByVisitor}
)

// A handset is on the way of all texts, and keeps what was tried to send there.
type handset struct {
	way sms.Sender

	mu    sync.Mutex
	texts []sms.Text
}

func (h *handset) Name() string { return h.way.Name() }

func (h *handset) Send(ctx context.Context, t sms.Text) (sms.Receipt, error) {
	h.mu.Lock()
	h.texts = append(h.texts, t)
	h.mu.Unlock()
	return h.way.Send(ctx, t)
}

// codes are those that were tried to send, in order.
func (h *handset) codes() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	var all []string
	for _, t := range h.texts {
		if _, link := sms.FindToken(t.Body()); !link {
			all = append(all, sixDigits.FindString(t.Body()))
		}
	}
	return all
}

// link is the hash of the link in the n-th text.
func (h *handset) link(t *testing.T, n int) token.Hash {
	t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	if n >= len(h.texts) {
		t.Fatalf("%d texts", len(h.texts))
	}
	tok, ok := sms.FindToken(h.texts[n].Body())
	if !ok {
		t.Fatalf("text %d has no link", n)
	}
	return tok.Hash()
}

// finding is a handset on the way of a provider that can be asked what went out.
type finding struct {
	*handset
	sms.Finder
}

// tries tells what comes of the digits typed in a browser.
func tries(t *testing.T, s store.Reader, index seal.Index, link token.Hash, d store.DeviceHash, digits string, now time.Time) error {
	t.Helper()
	l, err := s.Link(t.Context(), link, d, now)
	must(t, "Link", err)
	return s.TryCode(t.Context(), link, d, []store.CodeHash{store.CodeOf(index, l.Recipient, digits)}, visitor, now)
}

// recipientEvents are the kinds and details of a recipient's events that are about
// no message.
func recipientEvents(t *testing.T, s store.Store, link token.Hash, now time.Time) string {
	t.Helper()
	l, err := s.Link(t.Context(), link, store.DeviceHash{}, now)
	must(t, "Link", err)
	list, err := s.Events(t.Context(), store.EventFilter{Recipient: l.Recipient})
	must(t, "Events", err)
	var all []string
	for _, e := range list {
		if e.Message == "" {
			all = append(all, strings.TrimSuffix(string(e.Kind)+":"+e.Detail, ":"))
		}
	}
	return strings.Join(all, " ")
}

func TestS09ACodeProvesTheBrowserThatAskedForIt(t *testing.T) {
	r := newRig(t)
	h := &handset{way: r.sender}
	id := r.accept(t, 1)[0]
	r.run(t, func(c *courier.Config) { c.Roads = through(h) })
	r.until(t, store.Delivered, id)
	link := h.link(t, 0)
	must(t, "AskCode", r.AskCode(t.Context(), link, phoneA, visitor, r.now()))
	wait(t, "a code", func() bool { return len(r.fake.Texts()) == 2 })
	wait(t, "it to be delivered", func() bool {
		return strings.Contains(recipientEvents(t, r.Store, link, r.now()), "delivered:code")
	})
	body, code := r.fake.Texts()[1].Body, h.codes()[0]
	if !strings.HasPrefix(body, "Lakeside: su clave de un uso es "+code+".") || strings.Contains(body, "http") {
		t.Errorf("text %q", body)
	}
	if err := tries(t, r.Store, r.index, link, phoneB, code, r.now()); !errors.Is(err, store.ErrGone) {
		t.Errorf("another browser: got error %v, want ErrGone", err)
	}
	if err := tries(t, r.Store, seal.NewIndex(seal.NewKey()), link, phoneA, code, r.now()); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("hashed with another key: got error %v, want ErrNotFound", err)
	}
	if err := tries(t, r.Store, r.index, link, phoneA, code, r.now()); err != nil {
		t.Errorf("the right code: %v", err)
	}
	if got := recipientEvents(t, r.Store, link, r.now()); got != "sent:code delivered:code" {
		t.Errorf("events %q", got)
	}
}

// No code that was tried to send is in the store's files, the events or the log.
func TestS01NoCodeIsStoredOrLogged(t *testing.T) {
	r := newRig(t)
	var refused sync.Once
	h := &handset{way: senderFunc(func(ctx context.Context, text sms.Text) (receipt sms.Receipt, err error) {
		if _, link := sms.FindToken(text.Body()); !link {
			refused.Do(func() { err = &sms.Error{Code: "told", Err: errors.New("odd")} })
		}
		if err != nil {
			return sms.Receipt{}, err
		}
		return r.sender.Send(ctx, text)
	})}
	id := r.accept(t, 1)[0]
	r.run(t, func(c *courier.Config) { c.Roads = through(h) })
	r.until(t, store.Delivered, id)
	link := h.link(t, 0)
	must(t, "AskCode", r.AskCode(t.Context(), link, phoneA, visitor, r.now()))
	wait(t, "the first try", func() bool { return strings.Contains(recipientEvents(t, r.Store, link, r.now()), "deferred:code told") })
	r.forward(time.Minute)
	wait(t, "the code", func() bool { return strings.Contains(recipientEvents(t, r.Store, link, r.now()), "delivered:code") })
	codes := h.codes()
	if len(codes) != 2 || codes[0] == codes[1] {
		t.Fatalf("%d codes, want two that differ", len(codes))
	}
	for _, c := range codes {
		if bytes.Contains(r.kept(t), []byte(c)) {
			t.Errorf("code %q is kept", c)
		}
	}
	if !bytes.Contains(r.kept(t), []byte("code told")) {
		t.Error("what became of the first is not kept")
	}
	for i, want := range []error{store.ErrNotFound, nil} {
		if err := tries(t, r.Store, r.index, link, phoneA, codes[i], r.now()); !errors.Is(err, want) {
			t.Errorf("code %d of 2: got error %v, want %v", i+1, err, want)
		}
	}
}

// kept is all that is in the store's files and the log.
func (r *rig) kept(t *testing.T) []byte {
	t.Helper()
	files, err := filepath.Glob(r.path + "*")
	if err != nil || len(files) < 2 {
		t.Fatalf("the store's files: %v, %v", files, err)
	}
	kept := []byte(r.log.String())
	for _, f := range files {
		b, err := os.ReadFile(f)
		must(t, "ReadFile", err)
		kept = append(kept, b...)
	}
	return kept
}

// asked is a journey on which a code was asked for by a browser with a link.
func asked(t *testing.T, h *handset, j *journey) (store.MessageID, token.Hash) {
	t.Helper()
	id := j.letter(t, 1, func(m *store.Message) { m.ReadBy = m.Created.Add(100 * time.Hour) })
	j.run(t, 2*time.Second)
	link := h.link(t, 0)
	must(t, "AskCode", j.AskCode(t.Context(), link, phoneA, visitor, time.Now()))
	return id, link
}

func TestACodeDoesNotWaitForQuietHoursToEnd(t *testing.T) {
	l, d := way()
	h := &handset{way: &teller{"first", nil, d}}
	l["first"] = courier.Road{Sender: h}
	travel(t, l, func(t *testing.T, j *journey) {
		_, link := asked(t, h, j.quiet(t))
		j.run(t, 2*time.Second)
		if got := recipientEvents(t, j, link, time.Now()); got != "sent:code" {
			t.Errorf("events %q", got)
		}
	})
}

// A code is given up once it waited for ten minutes, whatever it waited for. Its
// message is none the worse for it.
func TestACodeThatComesTooLateIsGivenUp(t *testing.T) {
	for name, c := range map[string]struct {
		answer error         // of all texts but the first
		idle   time.Duration // before there is a courier
		last   string        // of the recipient's events
	}{
		"in time":             {nil, store.CodeLife - 5*time.Second, "sent:code"},
		"no courier ran":      {nil, store.CodeLife, "failed:code code_too_late"},
		"the road is stopped": {sms.ErrHalt, 0, "failed:code told"},
		"no answer is clear":  {sms.ErrUnsure, 0, "failed:code told"},
		"it is never taken":   {errors.New("odd"), 0, "failed:code told"},
	} {
		t.Run(name, func(t *testing.T) {
			l, d := way()
			answers := append([]error{nil}, slices.Repeat([]error{c.answer}, 100)...)
			h := &handset{way: &teller{"first", map[string][]error{numbered(1): answers}, d}}
			l["first"] = courier.Road{Sender: h}
			travel(t, l, func(t *testing.T, j *journey) {
				id, link := asked(t, h, j)
				begin := time.Now()
				time.Sleep(c.idle)
				j.run(t, time.Hour)
				if got := recipientEvents(t, j, link, time.Now()); !strings.HasSuffix(" "+got, " "+c.last) {
					t.Errorf("events %q, want them to end with %q", got, c.last)
				}
				if _, at := d.about("first sends"); at[len(at)-1].Sub(begin) >= store.CodeLife {
					t.Errorf("tried %v after it was asked for", at[len(at)-1].Sub(begin))
				}
				j.wantEvents(t, id, "accepted:api sent code_asked")
			})
		})
	}
}

// A code that was in hand for too long.
func TestACodeThatIsTooLateInHandIsGivenUp(t *testing.T) {
	r := newRig(t)
	h := &handset{way: r.sender}
	id := r.accept(t, 1)[0]
	stop := r.run(t, func(c *courier.Config) { c.Roads = through(h) })
	r.until(t, store.Delivered, id)
	stop()
	link := h.link(t, 0)
	must(t, "AskCode", r.AskCode(t.Context(), link, phoneA, visitor, r.now()))
	f := &faulty{Store: r.Store, fault: func(op string) error {
		if op == "AddLinks" {
			r.forward(store.CodeLife)
		}
		return nil
	}}
	r.run(t, func(c *courier.Config) { c.Roads, c.Store, c.Lease = through(h), f, leaps })
	wait(t, "the end", func() bool {
		return recipientEvents(t, r.Store, link, r.now()) == "failed:code code_too_late"
	})
	if n := len(h.codes()); n != 0 {
		t.Errorf("%d codes were sent", n)
	}
}

// A code in doubt is looked up as any text is. The one that is on the phone is
// good: the first, if it went out, else the second.
func TestACodeInDoubtIsLookedUp(t *testing.T) {
	for name, took := range map[string]bool{"it went out": true, "it did not": false} {
		t.Run(name, func(t *testing.T) {
			d := &diary{}
			f := &finder{teller{"first", map[string][]error{numbered(1): {nil, sms.ErrUnsure}}, d}, took, nil}
			h := &handset{way: f}
			travel(t, lanes{"first": {Sender: finding{h, f}}}, func(t *testing.T, j *journey) {
				_, link := asked(t, h, j)
				j.run(t, 3*time.Minute)
				codes, want := h.codes(), 2
				if took {
					want = 1
				}
				if len(codes) != want {
					t.Fatalf("%d codes were sent, want %d", len(codes), want)
				}
				if err := tries(t, j, j.index, link, phoneA, codes[want-1], time.Now()); err != nil {
					t.Errorf("the code on the phone: %v", err)
				}
				if got := recipientEvents(t, j, link, time.Now()); got != "deferred:code told sent:code" {
					t.Errorf("events %q", got)
				}
			})
		})
	}
}

// On a road that takes a text a second, somebody waits for a code and many for
// letters.
func TestACodeGoesBeforeOtherTexts(t *testing.T) {
	l, d := way()
	h := &handset{way: &teller{"first", nil, d}}
	l["first"] = courier.Road{Sender: h, Rate: 1}
	travel(t, l, func(t *testing.T, j *journey) {
		id := j.letter(t, 1)
		j.run(t, 2*time.Second)
		link := h.link(t, 0)
		for n := 2; n < 60; n++ {
			j.letter(t, n)
		}
		time.Sleep(time.Second)
		must(t, "AskCode", j.AskCode(t.Context(), link, phoneA, visitor, time.Now()))
		j.run(t, 10*time.Second)
		if n := len(h.codes()); n != 1 {
			t.Errorf("%d codes were sent within ten seconds", n)
		}
		j.wantEvents(t, id, "accepted:api sent code_asked")
	})
}

func TestACourierNeedsAKeyForCodes(t *testing.T) {
	r := newRig(t)
	_, err := courier.New(r.config(func(c *courier.Config) { c.Index = seal.Index{} }))
	if err == nil || !strings.Contains(err.Error(), "codes") {
		t.Errorf("New without an index: %v", err)
	}
}
