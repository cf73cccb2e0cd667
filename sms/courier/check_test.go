package courier_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"securetext/sms"
	"securetext/sms/courier"
	"securetext/store"
)

// reporter is a teller that says what became of texts.
type reporter struct {
	teller
	status sms.Status
	err    error
}

func (r *reporter) Report(_ context.Context, providerID string) (sms.Status, error) {
	r.diary.note(r.name + " is asked")
	return r.status, r.err
}

func newReporter(name string) *reporter {
	return &reporter{teller: teller{name, nil, &diary{}}}
}

// check runs a checker for so long.
func (j *journey) check(t *testing.T, d time.Duration) {
	t.Helper()
	c := &courier.Checker{
		Store: j.Store, Roads: j.lanes, Log: j.log.logger(), Now: time.Now, Every: time.Minute,
		Receipts: &courier.Receipts{Store: j.Store, Log: j.log.logger(), Now: time.Now},
	}
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	must(t, "Run", c.Run(ctx))
}

const askedFirst = 5 * time.Minute

func TestALostCallbackIsFound(t *testing.T) {
	cases := []struct {
		name   string
		status sms.Status
		events string
	}{
		{"delivered", sms.Status{State: sms.Delivered}, "accepted:api sent delivered"},
		{"undelivered", sms.Status{State: sms.Undelivered, Code: "first_x"}, "accepted:api sent undelivered:first_x"},
		{"failed", sms.Status{State: sms.Failed, Code: "first_x"}, "accepted:api sent failed:first_x"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := newReporter("first")
			travel(t, lanes{"first": {Sender: r, Check: askedFirst}}, func(t *testing.T, j *journey) {
				id := j.letter(t, 1)
				j.run(t, time.Second)
				r.status = c.status
				j.check(t, askedFirst-2*time.Second)
				j.wantEvents(t, id, "accepted:api sent")
				j.check(t, 12*time.Hour)
				j.wantEvents(t, id, c.events)
				if _, at := r.diary.about("first is asked"); len(at) != 1 {
					t.Errorf("asked at %v, want once", at)
				}
				if !strings.Contains(j.log.String(), "lost callback found") {
					t.Error("the log does not tell of it")
				}
			})
		})
	}
}

func TestALostTextIsSentAgainOnceItIsKnown(t *testing.T) {
	r := newReporter("first")
	travel(t, lanes{"first": {Sender: r, Check: askedFirst}}, func(t *testing.T, j *journey) {
		id := j.letter(t, 1)
		j.run(t, time.Second)
		r.status = sms.Status{State: sms.Undelivered, Code: "first_x", Transient: true}
		j.check(t, 10*time.Minute)
		j.run(t, 2*time.Hour, func(c *courier.Config) { c.Poll = time.Minute })
		j.wantEvents(t, id, "accepted:api sent undelivered:first_x sent")
	})
}

func TestATextIsAskedAboutLaterEachTimeAndThenNoMore(t *testing.T) {
	r := newReporter("first")
	travel(t, lanes{"first": {Sender: r, Check: askedFirst}}, func(t *testing.T, j *journey) {
		id := j.letter(t, 1)
		j.run(t, time.Second)
		sent := time.Now()
		for _, s := range []sms.Status{{State: sms.Sent}, {}, {}} {
			r.status = s
			j.check(t, 26*time.Hour)
		}
		j.wantEvents(t, id, "accepted:api sent")
		_, at := r.diary.about("first is asked")
		last := sent
		want := []time.Duration{5 * time.Minute, 10 * time.Minute, 20 * time.Minute, 40 * time.Minute, 80 * time.Minute, 160 * time.Minute, 320 * time.Minute}
		for i, a := range at {
			gap := a.Sub(last).Truncate(5 * time.Minute)
			switch {
			case i < len(want) && gap != want[i]:
				t.Errorf("question %d came %v after the one before, want %v", i, gap, want[i])
			case i >= len(want) && gap != 6*time.Hour:
				t.Errorf("question %d came %v after the one before, want six hours", i, gap)
			}
			last = a
		}
		if len(at) < len(want)+4 || last.Sub(sent) > 48*time.Hour {
			t.Errorf("asked %d times, last after %v, want it to go on for two days", len(at), last.Sub(sent))
		}
	})
}

func TestAProviderThatIsAwayIsLeftAlone(t *testing.T) {
	for _, c := range []struct {
		err   error
		asked int // of three texts, in one round
	}{{sms.ErrAway, 1}, {sms.ErrBusy, 1}, {sms.ErrHalt, 1}, {errors.New("odd"), 3}} {
		t.Run(c.err.Error(), func(t *testing.T) {
			first, second := newReporter("first"), newReporter("second")
			first.err = &sms.Error{Code: "told", Err: c.err}
			second.status = sms.Status{State: sms.Delivered}
			travel(t, lanes{"first": {Sender: first, Check: askedFirst}, "second": {Sender: second, Check: askedFirst}}, func(t *testing.T, j *journey) {
				for n := range 3 {
					j.letter(t, n)
				}
				other := j.ruled(t, "Hillside", "second").letter(t, 4)
				j.run(t, time.Second)
				time.Sleep(askedFirst)
				j.check(t, 5*time.Minute)
				if got, _ := first.diary.about("first is asked"); len(got) != c.asked {
					t.Errorf("asked %d times in one round, want %d", len(got), c.asked)
				}
				j.wantEvents(t, other, "accepted:api sent delivered")
				first.err, first.status = nil, sms.Status{State: sms.Delivered}
				j.check(t, 10*time.Minute) // the claims run out
				if got, _ := first.diary.about("first is asked"); len(got) != c.asked+3 {
					t.Errorf("asked %d times in all, want the three once more", len(got))
				}
			})
		})
	}
}

func TestNobodyIsAskedOnARoadThatCannotTell(t *testing.T) {
	d := &diary{}
	r := newReporter("first")
	l := lanes{"first": {Sender: r, Check: askedFirst}, "second": {Sender: &teller{"second", nil, d}, Check: askedFirst}}
	travel(t, l, func(t *testing.T, j *journey) {
		j.letter(t, 1)
		j.ruled(t, "Hillside", "second").letter(t, 2)
		j.run(t, time.Second)
		if due := j.unreported(t); len(due) != 1 || due[0].Road != "first" {
			t.Fatalf("to be asked about: %+v, want the text of the first road", due)
		}
		delete(j.lanes, "first") // it is no longer set up
		j.check(t, 26*time.Hour)
		if due := j.unreported(t); len(due) != 0 || len(r.diary.lines) != 1 {
			t.Errorf("still to be asked about: %+v; asked %q", due, r.diary.lines)
		}
	})
}

// unreported are the texts that would be asked about within a day.
func (j *journey) unreported(t *testing.T) []store.Unreported {
	t.Helper()
	due, err := j.Unreported(t.Context(), 100, time.Millisecond, time.Now().Add(24*time.Hour))
	must(t, "Unreported", err)
	return due
}

func TestTheSandboxIsAskedToo(t *testing.T) {
	r := newReporter("sandbox")
	r.status = sms.Status{State: sms.Delivered}
	travel(t, lanes{"sandbox": {Sender: r, Check: 15 * time.Second}}, func(t *testing.T, j *journey) {
		id := j.letter(t, 1, func(m *store.Message) { m.Test = true })
		j.run(t, time.Second)
		j.check(t, 2*time.Minute)
		j.wantEvents(t, id, "accepted:api sent delivered")
	})
}

// forgetful is a store that does not tell what is to be asked about, or does not
// take what was found.
type forgetful struct {
	store.Store
	asked, told error
}

func (f *forgetful) Unreported(ctx context.Context, limit int, lease time.Duration, now time.Time) ([]store.Unreported, error) {
	if f.asked != nil {
		return nil, f.asked
	}
	return f.Store.Unreported(ctx, limit, lease, now)
}

func (f *forgetful) Receipt(ctx context.Context, r store.Receipt, now time.Time) error {
	if f.told != nil {
		return f.told
	}
	return f.Store.Receipt(ctx, r, now)
}

func TestACheckerWaitsForTheStore(t *testing.T) {
	for _, f := range []forgetful{{asked: store.ErrUnavailable}, {told: store.ErrUnavailable}} {
		r := newReporter("first")
		r.status = sms.Status{State: sms.Delivered}
		travel(t, lanes{"first": {Sender: r, Check: askedFirst}}, func(t *testing.T, j *journey) {
			id := j.letter(t, 1)
			j.run(t, time.Second)
			time.Sleep(askedFirst)
			db := j.Store
			f.Store = db
			j.Store = &f
			j.check(t, time.Minute)
			j.wantEvents(t, id, "accepted:api sent")
			f.asked, f.told = nil, nil
			j.check(t, 11*time.Minute)
			j.wantEvents(t, id, "accepted:api sent delivered")
			if log := j.log.String(); !slices.ContainsFunc([]string{"texts not checked", "receipt not recorded"}, func(s string) bool { return strings.Contains(log, s) }) {
				t.Errorf("the log says nothing: %s", log)
			}
		})
	}
}
