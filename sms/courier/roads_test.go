package courier_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"securetext/sms"
	"securetext/sms/courier"
	"securetext/sms/phone"
	"securetext/store"
)

// twoRoads are a first and a second that keep one diary.
func twoRoads(first, second sms.Sender) lanes {
	return lanes{"first": {Sender: first}, "second": {Sender: second}}
}

func TestATextThatTheFirstRoadDoesNotTakeGoesByTheSecond(t *testing.T) {
	odd := errors.New("odd")
	cases := []struct {
		name   string
		err    error
		events string
		diary  []string
	}{
		{"busy", sms.ErrBusy, "accepted:api deferred:told sent", []string{"first sends to +12125550001", "second sends to +12125550001"}},
		{"away", sms.ErrAway, "accepted:api deferred:told sent", []string{"first sends to +12125550001", "second sends to +12125550001"}},
		{"halted", sms.ErrHalt, "accepted:api deferred:told sent", []string{"first sends to +12125550001", "second sends to +12125550001"}},
		{"refused for ever", sms.ErrPermanent, "accepted:api failed:told", []string{"first sends to +12125550001"}},
		{"no error that is known", odd, "accepted:api deferred:told sent", []string{"first sends to +12125550001", "first sends to +12125550001"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			d := &diary{}
			first := &teller{"first", map[string][]error{numbered(1): {c.err}}, d}
			travel(t, twoRoads(first, &teller{"second", nil, d}), func(t *testing.T, j *journey) {
				id := j.letter(t, 1)
				j.run(t, 30*time.Second)
				j.wantEvents(t, id, c.events)
				wantDiary(t, d, c.diary...)
			})
		})
	}
}

func TestWhileTheFirstRoadIsStoppedTheSecondIsTaken(t *testing.T) {
	d := &diary{}
	first := &teller{"first", map[string][]error{numbered(1): {sms.ErrHalt}}, d}
	travel(t, twoRoads(first, &teller{"second", nil, d}), func(t *testing.T, j *journey) {
		for n := 1; n <= 4; n++ {
			j.letter(t, n)
		}
		j.run(t, 4*time.Second)
		if got, _ := d.about("first"); len(got) != 1 {
			t.Errorf("the first road was asked %d times", len(got))
		}
		if got, _ := d.about("second"); len(got) != 4 {
			t.Errorf("the second road took %d texts, want 4", len(got))
		}
		time.Sleep(10 * time.Second)
		for n := 5; n <= 8; n++ {
			j.letter(t, n)
			j.run(t, time.Second)
		}
		if got, _ := d.about("first"); len(got) != 1+4 {
			t.Errorf("after the pause the first road was asked %q", got)
		}
	})
}

func TestADoubtIsAskedAboutOnTheRoadItWent(t *testing.T) {
	for _, c := range []struct {
		name   string
		took   bool
		events string
		diary  []string
	}{
		{"it went out", true, "accepted:api deferred:told sent", []string{"first sends to +12125550001", "first looks for +12125550001"}},
		{"it did not", false, "accepted:api deferred:told sent", []string{"first sends to +12125550001", "first looks for +12125550001", "first sends to +12125550001"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := &diary{}
			first := &finder{teller{"first", map[string][]error{numbered(1): {sms.ErrUnsure}}, d}, c.took, nil}
			travel(t, twoRoads(first, &teller{"second", nil, d}), func(t *testing.T, j *journey) {
				id := j.letter(t, 1)
				j.run(t, 3*time.Minute)
				j.wantEvents(t, id, c.events)
				wantDiary(t, d, c.diary...)
			})
		})
	}
}

// While the road of a doubt is stopped, its text does not go by another: it waits
// until that road says what became of it.
func TestADoubtOnAStoppedRoadWaits(t *testing.T) {
	d := &diary{}
	first := &finder{teller{"first", map[string][]error{numbered(1): {sms.ErrUnsure}, numbered(2): {sms.ErrHalt}}, d}, false, nil}
	travel(t, twoRoads(first, &teller{"second", nil, d}), func(t *testing.T, j *journey) {
		id := j.letter(t, 1)
		j.run(t, time.Second)
		first.err = &sms.Error{Code: "told", RetryAfter: 10 * time.Minute, Err: sms.ErrAway}
		j.run(t, 2*time.Minute)
		looks, _ := d.about("first looks")
		if sent, _ := d.about("second"); len(sent) != 0 || len(looks) != 1 {
			t.Errorf("asked %d times, and %q, while nobody knows what became of the first", len(looks), sent)
		}
		first.err = nil
		j.run(t, 20*time.Minute)
		j.wantEvents(t, id, "accepted:api deferred:told deferred:told sent")
		wantDiary(t, d, "first sends to +12125550001", "first looks for +12125550001", "first looks for +12125550001",
			"first sends to +12125550001")
	})
}

func TestADoubtOnARoadThatCannotBeAskedKeepsThatRoad(t *testing.T) {
	d := &diary{}
	first := &teller{"first", map[string][]error{numbered(1): {sms.ErrUnsure, sms.ErrAway}}, d}
	travel(t, twoRoads(first, &finder{teller{"second", nil, d}, false, nil}), func(t *testing.T, j *journey) {
		id := j.letter(t, 1)
		j.run(t, 10*time.Minute)
		j.wantEvents(t, id, "accepted:api deferred:told deferred:told sent")
		wantDiary(t, d, "first sends to +12125550001", "first sends to +12125550001", "first sends to +12125550001")
		if _, at := d.about("first"); at[1].Sub(at[0]) < 5*time.Minute {
			t.Errorf("it was sent again after %v, though its report might still come", at[1].Sub(at[0]))
		}
	})
}

func TestAnOrgWithoutARoadIsToldOf(t *testing.T) {
	travel(t, lanes{}, func(t *testing.T, j *journey) {
		id := j.letter(t, 1)
		j.run(t, 10*time.Second)
		j.wantEvents(t, id, "accepted:api")
		if n := strings.Count(j.log.String(), "no road for the texts of an org"); n != 1 {
			t.Errorf("logged %d times within a minute, want once", n)
		}
		j.lanes["second"] = courier.Road{Sender: &teller{"second", nil, &diary{}}}
		j.run(t, time.Minute)
		j.wantEvents(t, id, "accepted:api sent")
	})
}

func TestTestMessagesGoToTheSandbox(t *testing.T) {
	d := &diary{}
	l := twoRoads(&teller{"first", nil, d}, &teller{"second", nil, d})
	l["sandbox"] = courier.Road{Sender: &teller{"sandbox", nil, d}}
	travel(t, l, func(t *testing.T, j *journey) {
		j.letter(t, 1, func(m *store.Message) { m.Test = true })
		j.run(t, time.Second)
		must(t, "SetPolicy", j.SetPolicy(t.Context(), j.org.ID, store.Policy{Roads: "first", Test: true}, store.Actor{Kind: store.ByOperator}, j.now()))
		j.letter(t, 2)
		j.run(t, time.Second)
		wantDiary(t, d, "sandbox sends to +12125550001", "sandbox sends to +12125550002")
	})
}

// Whatever keeps the one text that tries a road from being tried, the next may
// try at once.
func TestATextThatIsNotTriedHoldsNoRoad(t *testing.T) {
	odd := errors.New("odd")
	cases := []struct {
		name   string
		second error // what the first text is answered when it tries the road
		change func(*testing.T, *journey, store.MessageID, *courier.Config)
	}{
		{"an error that says nothing of the road", odd, func(*testing.T, *journey, store.MessageID, *courier.Config) {}},
		{"wiped before it was begun", nil, func(t *testing.T, j *journey, id store.MessageID, c *courier.Config) {
			var begun atomic.Int32
			c.Store = &faulty{Store: j.Store, fault: func(op string) error {
				if op == "AddLinks" && begun.Add(1) == 2 {
					return j.Wipe(t.Context(), j.org.ID, id, store.Actor{Kind: store.ByOperator}, j.now())
				}
				return nil
			}}
		}},
		{"a store that failed to begin it", nil, func(_ *testing.T, j *journey, _ store.MessageID, c *courier.Config) {
			var begun atomic.Int32
			c.Store = &faulty{Store: j.Store, fault: func(op string) error {
				if op == "AddLinks" && begun.Add(1) > 1 && begun.Load() <= 6 {
					return odd
				}
				return nil
			}}
		}},
		{"a name that makes no text", nil, func(_ *testing.T, j *journey, _ store.MessageID, c *courier.Config) {
			c.Directory = &renamed{j.Store, 0}
		}},
		{"a landline", nil, func(_ *testing.T, j *journey, _ store.MessageID, _ *courier.Config) {
			j.lanes["first"] = courier.Road{Sender: &looker{j.lanes["first"].Sender.(*teller), map[string][]error{numbered(1): {odd, sms.ErrLandline}}}}
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			d := &diary{}
			first := &teller{"first", map[string][]error{numbered(1): {sms.ErrBusy, c.second}}, d}
			travel(t, lanes{"first": {Sender: first}}, func(t *testing.T, j *journey) {
				id := j.letter(t, 1)
				begin := time.Now()
				other := j.letter(t, 2)
				j.run(t, 30*time.Second, func(config *courier.Config) { c.change(t, j, id, config) })
				_, at := d.about("first sends to " + numbered(2))
				if len(at) != 1 || at[0].Sub(begin) > 15*time.Second {
					t.Errorf("the other text was sent at %v, want within seconds; events %s; log %s", at, j.events(t, other), j.log.tail())
				}
			})
		})
	}
}

// renamed is a directory in which the first text of an org to be made finds no
// name that a text can have.
type renamed struct {
	store.Store
	asked int
}

func (r *renamed) Org(ctx context.Context, id store.OrgID) (store.Org, error) {
	o, err := r.Store.Org(ctx, id)
	if r.asked++; r.asked == 2 {
		o.SMSName = "診療所"
	}
	return o, err
}

// looker is a teller that knows what sort of line a number is.
type looker struct {
	*teller
	lines map[string][]error // as answers
}

func (l *looker) Look(_ context.Context, n phone.Number) error {
	number := n.E164()
	l.diary.note(l.name + " looks at " + number)
	left := l.lines[number]
	if len(left) == 0 {
		return nil
	}
	l.lines[number] = left[1:]
	if left[0] == nil {
		return nil
	}
	return &sms.Error{Code: "looked", Err: left[0]}
}

func TestANumberIsLookedAtBeforeItsFirstText(t *testing.T) {
	cases := []struct {
		name    string
		line    error
		events  string
		looks   int // for two messages, one after the other
		refusal store.Refusal
	}{
		{"a mobile", nil, "accepted:api sent", 1, ""},
		{"a landline", sms.ErrLandline, "accepted:api failed:looked", 2, store.Landline},
		{"nobody's", sms.ErrDead, "accepted:api failed:looked", 2, store.Dead},
		{"unknown", errors.New("odd"), "accepted:api sent", 2, ""},
		{"away", sms.ErrAway, "accepted:api sent", 2, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			d := &diary{}
			first := &looker{&teller{"first", nil, d}, map[string][]error{numbered(1): {c.line, c.line}}}
			travel(t, lanes{"first": {Sender: first}}, func(t *testing.T, j *journey) {
				for range 2 {
					id := j.letter(t, 1)
					j.run(t, time.Second)
					j.wantEvents(t, id, c.events)
				}
				if looks, _ := d.about("first looks at"); len(looks) != c.looks {
					t.Errorf("looked %d times, want %d", len(looks), c.looks)
				}
				r := j.recipient(j.org, numbered(1))
				all, err := j.Refusals(t.Context(), j.org.ID, []store.RecipientID{r})
				if err != nil || all[r] != c.refusal {
					t.Errorf("refusal %q, %v, want %q", all[r], err, c.refusal)
				}
			})
		})
	}
}

func TestCouriersShareTheRateOfARoad(t *testing.T) {
	for _, couriers := range []int{1, 2} {
		d := &diary{}
		travel(t, lanes{"first": {Sender: &teller{"first", nil, d}, Rate: 2}}, func(t *testing.T, j *journey) {
			var want []string
			for n := range 21 {
				j.letter(t, n)
				want = append(want, "first sends to "+numbered(n))
			}
			var all sync.WaitGroup
			for range couriers {
				all.Go(func() {
					j.run(t, 14*time.Second, func(c *courier.Config) { c.Batch, c.Poll = 5, 100*time.Millisecond })
				})
			}
			all.Wait()
			sent, at := d.about("first sends")
			if len(sent) != len(want) {
				t.Fatalf("%d texts of %d within 14 s", len(sent), len(want))
			}
			for i := 3; i < len(at); i++ { // what one second may carry goes at once, and no more
				if span := at[i].Sub(at[i-3]); span < 900*time.Millisecond {
					t.Errorf("%d couriers: 4 texts within %v", couriers, span)
				}
			}
			if couriers == 1 && !slices.Equal(sent, want) {
				t.Errorf("sent %q, want them in order", sent)
			}
		})
	}
}

func TestTheTextThatTriesARoadDoesNotWaitForItsRate(t *testing.T) {
	d := &diary{}
	first := &teller{"first", map[string][]error{numbered(1): {sms.ErrBusy}}, d}
	travel(t, lanes{"first": {Sender: first, Rate: 0.02}}, func(t *testing.T, j *journey) {
		j.letter(t, 1)
		j.run(t, 5*time.Second)
		if _, at := d.about("first sends"); len(at) != 2 || at[1].Sub(at[0]) > 3*time.Second {
			t.Errorf("sent at %v, want it again after the pause", at)
		}
	})
}
