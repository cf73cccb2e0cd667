package courier_test

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"securetext/sms"
	"securetext/sms/courier"
	"securetext/sms/phone"
	"securetext/store"
	"securetext/store/sqlite/sqlitetest"
)

var weeksSeed = flag.Uint64("seed", 0, "for the dice of the five weeks; 0: another each time")

// Five weeks pass for four clinics and their patients, with all that the courier
// is made of at work, and a carrier that fails now and then. Then an oracle reads
// the events, and nothing else, and says what should not have been.
func TestFiveWeeksOfTextsAreAsTheyShouldBe(t *testing.T) {
	begins := map[string]time.Time{
		"spring": time.Date(2026, 3, 1, 6, 0, 0, 0, time.UTC),   // New York turns its clocks on 8 March, Paris on the 29th
		"autumn": time.Date(2026, 10, 10, 6, 0, 0, 0, time.UTC), // Paris on 25 October, New York on 1 November
	}
	for season, begin := range begins {
		t.Run(season, func(t *testing.T) {
			t.Parallel()
			seed := *weeksSeed
			if seed == 0 {
				seed = rand.Uint64()
			}
			t.Logf("-seed %d", seed)
			synctest.Test(t, func(t *testing.T) { liveThrough(t, begin, seed) })
		})
	}
}

const (
	fiveWeeks = 35 * 24 * time.Hour
	tick      = 15 * time.Minute // how often what must be in time looks for work
	seldom    = 2 * tick         // and the others
	patients  = 4                // of each clinic
)

// weeks is a town that lives through them.
type weeks struct {
	*town
	dice    *rand.Rand
	taken   bool // a message surely is
	carrier *carrier
	courier *courier.Courier
	clinics []clinicLife
	letters map[store.MessageID]*letter
	reading sync.WaitGroup

	mu      sync.Mutex // of all below, and of each letter's arrived
	viewers map[store.RecipientID]store.Viewer
}

type clinicLife struct {
	store.Org
	sender store.Sender
	line   string
}

// letter is a message, and what its patient is to do with it.
type letter struct {
	store.Message
	org     store.Org
	zone    string
	reads   time.Duration // after its first text arrived; 0: never
	arrived bool
}

// places are where the numbers of the patients are: each is in one zone.
var places = []struct{ number, zone string }{
	{"+12125550%03d", "America/New_York"},
	{"+3314268%04d", "Europe/Paris"},
	{"+8428382%05d", "Asia/Ho_Chi_Minh"},
	{"+8001234%04d", ""}, // no place: the clinic's own
}

func liveThrough(t *testing.T, begin time.Time, seed uint64) {
	w := newWeeks(t, begin, seed)
	defer w.Close()
	ctx, cancel := context.WithCancel(t.Context())
	w.carrier.ctx = ctx
	var machine sync.WaitGroup
	for _, run := range w.machine(t) {
		machine.Go(func() { _ = run(ctx) })
	}
	for _, a := range w.plan(t) {
		time.Sleep(a.at.Sub(w.now()))
		a.do()
	}
	time.Sleep(begin.Add(fiveWeeks).Sub(w.now()))
	cancel()
	machine.Wait()
	w.carrier.later.Wait()
	w.reading.Wait()
	newOracle(t, w).judge(t)
}

func newWeeks(t *testing.T, begin time.Time, seed uint64) *weeks {
	t.Helper()
	start := time.Now()
	now := func() time.Time { return begin.Add(time.Since(start)) }
	db := sqlitetest.Open(t, filepath.Join(t.TempDir(), "weeks.db"))
	log := slog.New(slog.DiscardHandler)
	w := &weeks{
		town: newTown(db, now), dice: rand.New(rand.NewPCG(seed, 0)),
		letters: map[store.MessageID]*letter{}, viewers: map[store.RecipientID]store.Viewer{},
	}
	w.carrier = &carrier{seed: seed, now: now, arrives: w.arrives, receipts: &courier.Receipts{Store: db, Log: log, Now: now}}
	for i, p := range []store.Policy{
		{Hook: "https://hook.example"},
		{Quiet: store.Quiet{From: 21 * 60, To: 8 * 60}, TimeZone: "America/Chicago"},
		{Quiet: store.Quiet{From: 12 * 60, To: 14*60 + 30}, TimeZone: "Europe/Paris", Hook: "https://hook.example"},
		{Quiet: store.Quiet{From: 18 * 60, To: 10 * 60}, TimeZone: "America/New_York"},
	} {
		c := clinicLife{line: fmt.Sprintf("carrier:+1555000000%d", i)}
		p.Roads = c.line
		c.Org, c.sender = w.clinic(t, fmt.Sprintf("Clinic %d", i), p)
		w.clinics = append(w.clinics, c)
	}
	return w
}

// Of implements [courier.Roads]: each clinic has a road of its own.
func (w *weeks) Of(policy string) []courier.Road {
	r, _ := w.Named(policy)
	return []courier.Road{r}
}

// Named implements [courier.Roads].
func (w *weeks) Named(line string) (courier.Road, bool) {
	return courier.Road{Line: line, Sender: w.carrier, Check: 5 * time.Minute, Rate: 0.5}, true
}

// Sandbox implements [courier.Roads].
func (w *weeks) Sandbox() courier.Road { return courier.Road{Line: "sandbox"} }

// machine is all that runs.
func (w *weeks) machine(t *testing.T) []func(context.Context) error {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	var err error
	w.courier, err = courier.New(courier.Config{
		Store: w.Store, Directory: w.Store, Keys: w.keys, Index: w.index, Roads: w, PublicURL: publicURL, Log: log, Now: w.now,
		Concurrency: 2, Batch: 20, Poll: tick,
	})
	must(t, "New", err)
	return []func(context.Context) error{
		w.courier.Run,
		(&courier.Minder{Store: w.Store, Directory: w.Store, Log: log, Now: w.now, Every: tick, Nudge: w.courier.Nudge}).Run,
		(&courier.Sweeper{Store: w.Store, Log: log, Now: w.now, Every: seldom}).Run,
		(&courier.Checker{Store: w.Store, Roads: w, Receipts: w.carrier.receipts, Log: log, Now: w.now, Every: seldom}).Run,
		w.mail,
	}
}

// mail is a mailer whose mails all arrive.
func (w *weeks) mail(ctx context.Context) error {
	for sleep(ctx, seldom) {
		due, _ := w.DueNotices(ctx, 100, time.Hour, w.now())
		for _, d := range due {
			_ = w.NoticeSent(ctx, d.NoticeClaim, w.now())
		}
	}
	return nil
}

// act is something that people do.
type act struct {
	at time.Time
	do func()
}

// plan is what people will do, in the order of time.
func (w *weeks) plan(t *testing.T) []act {
	var acts []act
	add := func(in time.Duration, do func()) { acts = append(acts, act{w.now().Add(in), do}) }
	for range 90 {
		add(w.within(21*24*time.Hour), func() { w.letter(t) })
	}
	for range 5 {
		c, number, at := w.clinics[w.dice.IntN(4)], w.number(w.dice.IntN(len(places)), w.dice.IntN(patients)), w.within(fiveWeeks-6*24*time.Hour)
		add(at, func() { w.texts(t, c, number, sms.Stop) })
		add(at+w.within(5*24*time.Hour), func() { w.texts(t, c, number, sms.Start) })
	}
	slices.SortFunc(acts, func(a, b act) int { return a.at.Compare(b.at) })
	return acts
}

func (w *weeks) within(d time.Duration) time.Duration {
	return time.Duration(w.dice.Int64N(int64(d))).Truncate(time.Second)
}

func (w *weeks) number(place, patient int) string {
	return fmt.Sprintf(places[place].number, 100+patient)
}

// pick is one of several, as the dice fall.
func pick[T any](dice *rand.Rand, of ...T) T { return of[dice.IntN(len(of))] }

// letter is a message of any sort, accepted now. Some are taken or wiped later.
func (w *weeks) letter(t *testing.T) {
	const h, day = time.Hour, 24 * time.Hour
	c, place := w.clinics[w.dice.IntN(4)], w.dice.IntN(len(places))
	number := w.number(place, w.dice.IntN(patients))
	if w.refusal(t, c.Org, number) != "" {
		return // as the inlets refuse it
	}
	l := &letter{org: c.Org, reads: pick(w.dice, 0, 0, 0, 5*time.Minute, 3*h, 26*h, 4*day)}
	l.Message = w.write(t, c.Org, c.sender, number, func(m *store.Message) {
		begin := m.Created
		if w.dice.IntN(5) == 0 {
			begin = begin.Add(w.within(5 * day))
			m.SendAt = begin
		}
		life := pick(w.dice, 14*day, 14*day, 14*day, 3*day, 6*h, h)
		m.Expires = begin.Add(life)
		m.Remind = pick(w.dice, nil, store.DefaultRemind, store.DefaultRemind, []time.Duration{h, 5 * h, 48 * h, 49 * h, 200 * h})
		m.Remind = slices.DeleteFunc(slices.Clone(m.Remind), func(d time.Duration) bool { return d >= life })
		if by := pick(w.dice, 0, 0, 0, 15*time.Minute, 4*h, 3*day); by != 0 {
			m.ReadBy = begin.Add(min(by, life))
		}
		m.TimeZone = pick(w.dice, "", "", "", "", "America/Los_Angeles")
	})
	l.zone = l.org.Policy.TimeZone
	for _, known := range []string{places[place].zone, l.TimeZone} {
		if known != "" {
			l.zone = known
		}
	}
	w.mu.Lock()
	w.letters[l.ID] = l
	w.mu.Unlock()
	w.courier.Nudge()
	by, fate := store.Actor{Kind: store.ByOperator, ID: "ana"}, w.dice.IntN(8)
	in := w.within(6 * day)
	if l.reads == 0 && !w.taken { // whatever the dice say, one is taken while it is unread
		w.taken, fate, in = true, 0, time.Minute
	}
	switch fate {
	case 0:
		w.later(in, func() { _ = w.Take(t.Context(), l.Org, l.ID, by, w.now()) })
	case 1:
		w.later(in, func() { _ = w.Wipe(t.Context(), l.Org, l.ID, by, w.now()) })
	}
}

// later does something in a while, unless all is over before.
func (w *weeks) later(in time.Duration, do func()) {
	w.reading.Go(func() {
		if sleep(w.carrier.ctx, in) {
			do()
		}
	})
}

// arrives has a patient read what a text leads to, in a while.
func (w *weeks) arrives(text sms.Text) {
	tok, ok := sms.FindToken(text.Body())
	if !ok {
		return
	}
	link, err := w.Link(w.carrier.ctx, tok.Hash(), store.DeviceHash{}, w.now())
	w.mu.Lock()
	l := w.letters[link.Message]
	first := err == nil && !l.arrived
	if first {
		l.arrived = true
	}
	w.mu.Unlock()
	if !first || l.reads == 0 {
		return
	}
	w.later(l.reads, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		v, known := w.viewers[link.Recipient]
		if !known {
			v, err = w.Enrol(w.carrier.ctx, store.Enrolment{Link: tok.Hash(), Password: "$argon2id$x", Grace: fiveWeeks}, w.now())
			if err != nil {
				return // it is over
			}
			w.viewers[link.Recipient] = v
		}
		_ = w.Read(w.carrier.ctx, link.Message, v, w.now()) // unless it is over
	})
}

// texts has a patient text a keyword to a clinic.
func (w *weeks) texts(t *testing.T, c clinicLife, number string, k sms.Keyword) {
	from, err := phone.Parse(number, "")
	must(t, "Parse", err)
	h := &courier.Inbox{
		Store: w.Store, Index: w.index, Roads: w, Provider: "carrier", Log: slog.New(slog.DiscardHandler), Now: w.now,
		Listener: hears{in: sms.Inbound{From: from, To: []string{c.line[len("carrier:"):]}, Keyword: k}},
	}
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, httptest.NewRequest(http.MethodPost, "/", nil))
	if rec.Code != http.StatusOK {
		t.Errorf("%s: status %d", k, rec.Code)
	}
}

// hears is a listener that hears one text of a patient, and answers with the words.
type hears struct {
	in  sms.Inbound
	err error
}

func (hears) Callback(*http.Request) (sms.Status, error) { return sms.Status{}, nil }

func (h hears) Inbound(*http.Request) (sms.Inbound, error) { return h.in, h.err }

func (hears) Reply(w http.ResponseWriter, words string) { fmt.Fprint(w, words) }
