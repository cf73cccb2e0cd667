package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"securetext/configs"
	"securetext/gateway"
	"securetext/gateway/option"
	"securetext/sms/phone"
	"securetext/store"
	"securetext/store/person"
	"securetext/store/seal"
	"securetext/store/token"
)

// town is a store that two processes share while keys are rotated, with those who
// write and read all the while.
type town struct {
	*testing.T
	store  whole
	env    []string // of the store alone
	procs  [2]atomic.Pointer[house]
	org    store.Org
	sender store.Sender
	skip   time.Duration // how far the clock of commands is ahead

	mu   sync.Mutex
	said map[store.MessageID]string // what was written
	open []store.MessageInfo        // what has a link
}

// keySet are the keys of a process, as settings.
type keySet []string

// onEngines runs a test on each store that this machine has.
func onEngines(t *testing.T, f func(*testing.T, *town)) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		f(t, newTown(t, "DATA_DIR="+t.TempDir()))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		f(t, newTown(t, "DATABASE_URL="+newDatabase(t)))
	})
}

func newTown(t *testing.T, where string) *town {
	return &town{T: t, env: []string{configs.Prefix + where}, said: map[store.MessageID]string{}}
}

// begin opens the store with the first keys, and adds an org.
func (w *town) begin(keys keySet) {
	h, err := w.program(keys).open(w.Context())
	w.must("open", err)
	w.store = h.store
	w.Cleanup(func() { h.store.Close() })
	now := time.Now()
	w.org = store.Org{ID: store.NewOrgID(now), Name: "Lakeside", SMSName: "Lakeside", Phone: "555-0100", Region: "US", Lang: "en", Life: 24 * time.Hour, Created: now}
	key, err := h.keys.NewOrgKey(w.Context(), string(w.org.ID), 1)
	w.must("NewOrgKey", err)
	w.must("AddOrg", h.store.AddOrg(w.Context(), w.org, key, operator(), now))
	w.sender = store.Sender{ID: store.NewSenderID(now), Org: w.org.ID, Email: "reyes@lakeside.example", Name: "Dr Reyes", Created: now}
	w.must("AddSender", h.store.AddSender(w.Context(), w.sender, operator(), now))
	w.restart(keys, 0, 1)
}

// program is the command line with those keys; what it prints goes nowhere.
func (w *town) program(keys keySet) *program {
	env := slices.Clone(w.env)
	for _, k := range keys {
		env = append(env, configs.Prefix+k)
	}
	return &program{environ: env, out: new(bytes.Buffer), err: new(bytes.Buffer), now: func() time.Time { return time.Now().Add(w.skip) }}
}

// rotate runs keys rotate, and returns what it printed.
func (w *town) rotate(ctx context.Context, keys keySet, c keysRotateCmd) (string, error) {
	p := w.program(keys)
	err := c.Run(ctx, p)
	return p.out.(*bytes.Buffer).String(), err
}

func (w *town) must(what string, err error) {
	w.Helper()
	if err != nil {
		w.Fatalf("%s: %v", what, err)
	}
}

// process is one that begins with those keys, knowing nothing yet.
func (w *town) process(keys keySet) *house {
	w.Helper()
	cfg, err := w.program(keys).settings()
	w.must("settings", err)
	secret, err := cfg.Keys()
	w.must("keys", err)
	root, others, err := openRoots(cfg, secret)
	w.must("openRoots", err)
	h := &house{cfg: cfg, secret: secret, store: w.store, keys: seal.NewKeyring(w.store, root, others...), index: indexOf(secret)}
	w.must("usePhoneKey", h.usePhoneKey(w.Context(), time.Now()))
	return h
}

// restart gives processes other keys; what is under way goes on with the former.
func (w *town) restart(keys keySet, which ...int) {
	w.Helper()
	for _, i := range which {
		w.procs[i].Store(w.process(keys))
	}
}

func numbered(n int) phone.Number {
	number, err := phone.Parse(fmt.Sprintf("+1201555%04d", n), "")
	if err != nil {
		panic(err)
	}
	return number
}

// write sends a message by one of the processes, as its inlets do.
func (w *town) write(ctx context.Context, n int, name string) error {
	h := w.procs[rand.IntN(len(w.procs))].Load()
	in := &gateway.Intake{
		Store: h.store, Directory: h.store, Verdicts: h.store, Keys: h.keys, Index: h.index, Nudge: func() {}, Now: time.Now,
		Log: slog.New(slog.DiscardHandler), Metrics: gateway.NewMetrics(prometheus.NewRegistry()),
	}
	to := gateway.Target{Number: numbered(n)}
	if name != "" {
		who, err := person.Parse(name)
		if err != nil {
			return err
		}
		to.Options = option.Options{For: who}
	}
	words := fmt.Sprintf("to %d %s: %d", n, name, rand.Int())
	stored, err := in.Accept(ctx, gateway.Submission{
		Sender: w.sender, By: store.Actor{Kind: store.BySender, ID: string(w.sender.ID)}, Via: gateway.ViaAPI,
		To: []gateway.Target{to}, Subject: "Result", Text: words,
	})
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.said[stored.Messages[0]] = words
	return nil
}

// link gives links to what waits, as the courier does.
func (w *town) link(ctx context.Context) error {
	due, err := w.store.Due(ctx, 100, time.Hour, time.Now())
	if err != nil || len(due) == 0 {
		return err
	}
	attempts := make([]store.Attempt, len(due))
	for i, d := range due {
		attempts[i] = store.Attempt{Claim: d.Claim, Text: store.NewTextID(time.Now()), Road: "test", Link: token.New().Hash()}
	}
	if err := w.store.AddLinks(ctx, attempts, time.Now()); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, d := range due {
		w.open = append(w.open, store.MessageInfo{ID: d.Message, Recipient: d.Recipient})
	}
	return nil
}

// read opens a message by a process, and its recipient's number, as pages and
// couriers do.
func (w *town) read(ctx context.Context, h *house, m store.MessageInfo) (string, error) {
	sealed, err := w.store.MessageByID(ctx, m.ID, store.Viewer{Org: w.org.ID, Recipient: m.Recipient}, time.Now())
	if err != nil {
		return "", err
	}
	key, err := h.keys.DataKey(ctx, sealed.Key, sealed.Place(seal.PartKey))
	if err != nil {
		return "", err
	}
	p, err := key.Open(sealed.Content, sealed.Place(seal.PartContent))
	if err != nil {
		return "", err
	}
	content, err := store.ParseContent(p)
	if err != nil {
		return "", err
	}
	found, err := w.store.Recipients(ctx, w.org.ID, []store.RecipientID{m.Recipient})
	if err != nil || len(found) != 1 {
		return "", errors.Join(err, fmt.Errorf("%d recipients", len(found)))
	}
	number, err := h.keys.DataKey(ctx, found[0].NumberKey, found[0].Place())
	if err != nil {
		return "", err
	}
	_, err = number.Open(found[0].Number, found[0].Place())
	return content.Text, err
}

// load writes and reads until the function it returns is called, which says how much
// there was.
func (w *town) load(numbers int) (stop func() int) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(w.Context()))
	var wg sync.WaitGroup
	var begun atomic.Int64
	each := func(do func() error) {
		wg.Go(func() {
			for ctx.Err() == nil {
				if err := do(); err != nil {
					w.Errorf("under load: %v", err)
					return
				}
				begun.Add(1)
			}
		})
	}
	through := context.WithoutCancel(ctx)
	for range 2 {
		each(func() error { return w.write(through, rand.IntN(numbers), []string{"", "", "M."}[rand.IntN(3)]) })
	}
	each(func() error { return w.link(through) })
	each(func() error { return w.readAny(through) })
	return func() int {
		cancel()
		wg.Wait()
		return int(begun.Load())
	}
}

func (w *town) readAny(ctx context.Context) error {
	w.mu.Lock()
	if len(w.open) == 0 {
		w.mu.Unlock()
		return nil
	}
	m := w.open[rand.IntN(len(w.open))]
	w.mu.Unlock()
	_, err := w.read(ctx, w.procs[rand.IntN(len(w.procs))].Load(), m)
	return err
}

// wrote waits until so many messages more are stored.
func (w *town) wrote(more int) {
	w.Helper()
	count := func() int {
		w.mu.Lock()
		defer w.mu.Unlock()
		return len(w.said)
	}
	for want := count() + more; count() < want && !w.Failed(); {
		time.Sleep(time.Millisecond)
	}
}

// wantAll opens everything by a process that has these keys alone, and wants each
// number to be one recipient.
func (w *town) wantAll(keys keySet) {
	w.Helper()
	for before := -1; before < len(w.open); {
		before = len(w.open)
		w.must("link", w.link(w.Context()))
	}
	h := w.process(keys)
	if len(w.open) != len(w.said) {
		w.Errorf("%d messages have links, of %d", len(w.open), len(w.said))
	}
	for _, m := range w.open {
		if got, err := w.read(w.Context(), h, m); err != nil || got != w.said[m.ID] {
			w.Fatalf("message %s: %q, %v, want %q", m.ID, got, err, w.said[m.ID])
		}
	}
	seen := map[store.Whom]store.RecipientID{}
	list, err := w.store.Unhashed(w.Context(), "none", "", 10_000)
	w.must("Unhashed", err)
	for _, u := range list {
		whom, err := h.whomOf(w.Context(), u)
		w.must("open number", err)
		if other, twice := seen[whom]; twice {
			w.Errorf("one number is %s and %s", other, u.ID)
		}
		seen[whom] = u.ID
		if k, err := store.FindRecipient(w.Context(), w.store, h.index, whom); err != nil || k.ID != u.ID {
			w.Errorf("a number is found as %s, %v, want %s", k.ID, err, u.ID)
		}
	}
}
