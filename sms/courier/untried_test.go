package courier_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"securetext/sms"
	"securetext/sms/courier"
	"securetext/sms/phone"
	"securetext/store"
)

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
		next    string // events of the message after it
		looks   int    // for two messages, one after the other
		refusal store.Refusal
	}{
		{"a mobile", nil, "accepted:api sent", "accepted:api sent", 1, ""},
		{"a landline", sms.ErrLandline, "accepted:api failed:looked", "accepted:api failed:landline", 1, store.Landline},
		{"nobody's", sms.ErrDead, "accepted:api failed:looked", "accepted:api failed:dead", 1, store.Dead},
		{"unknown", errors.New("odd"), "accepted:api sent", "accepted:api sent", 2, ""},
		{"away", sms.ErrAway, "accepted:api sent", "accepted:api sent", 2, ""},
		{"not to be asked", sms.ErrNotAsked, "accepted:api sent", "accepted:api sent", 2, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			d := &diary{}
			first := &looker{&teller{"first", nil, d}, map[string][]error{numbered(1): {c.line, c.line}}}
			travel(t, lanes{"first": {Sender: first}}, func(t *testing.T, j *journey) {
				for _, events := range []string{c.events, c.next} {
					id := j.letter(t, 1)
					j.run(t, time.Second)
					j.wantEvents(t, id, events)
				}
				if looks, _ := d.about("first looks at"); len(looks) != c.looks {
					t.Errorf("looked %d times, want %d", len(looks), c.looks)
				}
				if got := j.refusal(t, 1); got != c.refusal {
					t.Errorf("refusal %q, want %q", got, c.refusal)
				}
			})
		})
	}
}
