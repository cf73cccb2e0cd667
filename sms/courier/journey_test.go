package courier_test

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"securetext/sms"
	"securetext/sms/courier"
	"securetext/store"
	"securetext/store/sqlite/sqlitetest"
)

// A journey is a town in a bubble of time, with ways out of it.
type journey struct {
	*town
	log   *logBook
	lanes lanes
	org   store.Org
	desk  store.Sender
}

// travel makes a bubble, a town in it, and a clinic with two roads.
func travel(t *testing.T, l lanes, journeys func(*testing.T, *journey)) {
	synctest.Test(t, func(t *testing.T) {
		db := sqlitetest.Open(t, filepath.Join(t.TempDir(), "journey.db"))
		j := &journey{town: newTown(db, time.Now), log: &logBook{}, lanes: l}
		j.org, j.desk = j.clinic(t, "Lakeside", store.Policy{Roads: "first,second"})
		journeys(t, j)
	})
}

// letter stores a message to the n-th number.
func (j *journey) letter(t *testing.T, n int, change ...func(*store.Message)) store.MessageID {
	t.Helper()
	return j.write(t, j.org, j.desk, numbered(n), change...).ID
}

// numbered is the n-th number of a place where it is day or night as the test says.
func numbered(n int) string {
	return "+1212555" + string(rune('0'+n/1000%10)) + string(rune('0'+n/100%10)) + string(rune('0'+n/10%10)) + string(rune('0'+n%10))
}

// run runs a courier for so long.
func (j *journey) run(t *testing.T, d time.Duration, change ...func(*courier.Config)) {
	t.Helper()
	config := courier.Config{
		Store: j.Store, Directory: j.Store, Keys: j.keys, Index: j.index, Roads: j.lanes, PublicURL: publicURL,
		Log: j.log.logger(), Now: time.Now, Concurrency: 1, Poll: time.Second,
	}
	for _, f := range change {
		f(&config)
	}
	c, err := courier.New(config)
	must(t, "New", err)
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	must(t, "Run", c.Run(ctx))
}

// events are the kinds and details of a message's events.
func (j *journey) events(t *testing.T, id store.MessageID) string {
	t.Helper()
	list, err := j.Events(t.Context(), store.EventFilter{Message: id})
	must(t, "Events", err)
	var all []string
	for _, e := range list {
		all = append(all, strings.TrimSuffix(string(e.Kind)+":"+e.Detail, ":"))
	}
	return strings.Join(all, " ")
}

// wantEvents checks what happened to a message.
func (j *journey) wantEvents(t *testing.T, id store.MessageID, want string) {
	t.Helper()
	if got := j.events(t, id); got != want {
		t.Errorf("events %q, want %q", got, want)
	}
}

// lanes are roads by line. An org's policy names its own, with commas between.
type lanes map[string]courier.Road

// Of implements [courier.Roads].
func (l lanes) Of(policy string) []courier.Road {
	var found []courier.Road
	for line := range strings.SplitSeq(policy, ",") {
		if r, ok := l.Named(line); ok {
			found = append(found, r)
		}
	}
	return found
}

// Named implements [courier.Roads].
func (l lanes) Named(line string) (courier.Road, bool) {
	r, ok := l[line]
	r.Line = line
	return r, ok
}

// Sandbox implements [courier.Roads].
func (l lanes) Sandbox() courier.Road {
	r := l["sandbox"]
	r.Line = "sandbox"
	return r
}

// A teller is a sender that says what it is told to, by number; what it was asked
// it keeps in a diary.
type teller struct {
	name    string
	answers map[string][]error // of the texts to a number, in turn; then and otherwise: taken
	diary   *diary
}

// diary is what was asked of all tellers, in order.
type diary struct {
	mu    sync.Mutex
	lines []string
	at    []time.Time
}

func (d *diary) note(line string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines, d.at = append(d.lines, line), append(d.at, time.Now())
}

// about are the notes that begin with a word, and their times.
func (d *diary) about(word string) (lines []string, at []time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i, l := range d.lines {
		if strings.HasPrefix(l, word) {
			lines, at = append(lines, l), append(at, d.at[i])
		}
	}
	return lines, at
}

func (s *teller) Name() string { return s.name }

func (s *teller) Send(_ context.Context, text sms.Text) (sms.Receipt, error) {
	number := text.To().E164()
	s.diary.note(s.name + " sends to " + number)
	if left := s.answers[number]; len(left) > 0 {
		s.answers[number] = left[1:]
		if left[0] != nil {
			return sms.Receipt{}, &sms.Error{Code: "told", Err: left[0]}
		}
	}
	return sms.Receipt{ProviderID: "id-" + text.ID()}, nil
}

// finder is a teller that can be asked what went out.
type finder struct {
	teller
	took bool  // the texts in doubt did go out
	err  error // what it answers instead
}

func (s *finder) Find(_ context.Context, q sms.Query) ([]sms.Found, error) {
	s.diary.note(s.name + " looks for " + q.To.E164())
	if s.err != nil || !s.took {
		return nil, s.err
	}
	return []sms.Found{{Text: q.Texts[0], ProviderID: "id-" + q.Texts[0], State: sms.Sent}}, nil
}

// wantDiary checks what was asked, in order.
func wantDiary(t *testing.T, d *diary, want ...string) {
	t.Helper()
	if got, _ := d.about(""); !slices.Equal(got, want) {
		t.Errorf("asked %q, want %q", got, want)
	}
}
