package storetest

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"securetext/store"
)

var crowdChecks = []check{
	{"whatever happens to messages at once, nobody waits for another in vain", crowdWaits},
	{"a message that is read or taken while it is watched has nobody reminded", crowdReminds},
}

// A crowd is a few messages to which everything happens at once.
type crowd struct {
	*Clinic
	messages []store.Message
	viewers  map[store.RecipientID]store.Viewer
	texts    []text    // sent, and begun
	rows     []text    // begun and held
	codes    []text    // claimed, with a code
	later    time.Time // when browsers act
}

// crowd makes messages to two numbers, all watched: of half the text was sent, of
// the others it is about to be, and so is a fresh link for each of the former.
func (c *Clinic) crowd(tb testing.TB, size int) crowd {
	tb.Helper()
	x := crowd{Clinic: c, viewers: map[store.RecipientID]store.Viewer{}}
	write := func() {
		for n := range size {
			m := c.watched(tb, Number(n%2))
			m.Notify = allSteps | store.NotifyOverdue
			c.mustAccept(tb, c.Acceptance(m))
			x.messages = append(x.messages, m)
		}
	}
	write()
	x.texts = c.send(tb, Noon)
	for _, s := range x.texts {
		if _, there := x.viewers[s.Recipient]; !there {
			x.viewers[s.Recipient] = c.enrol(tb, s.Link)
		}
		must(tb, "Resend", c.Resend(tb.Context(), c.Org.ID, s.Message, Ana, Noon))
	}
	write()
	x.rows = c.begin(tb, Noon)
	x.texts = append(x.texts, x.rows...)
	return x
}

// acts are what happens, each to all messages one after another.
var acts = map[string]func(context.Context, crowd) error{
	"Read": func(ctx context.Context, x crowd) error {
		return each(x.messages, func(m store.Message) error {
			return x.Read(ctx, m.ID, x.viewers[m.To.ID], Noon)
		})
	},
	"Watched": func(ctx context.Context, x crowd) error {
		now := Noon.Add(24 * time.Hour)
		due, err := x.DueWatches(ctx, 10, lease, now)
		return errors.Join(err, each(due, func(w store.Watch) error {
			return x.Store.Watched(ctx, store.Watched{
				Message: w.Message, Attempt: w.Attempt, Text: store.ReminderText, Overdue: true, Mail: true, Hook: true, Due: now,
			}, now)
		}))
	},
	"Failed": func(ctx context.Context, x crowd) error {
		return each(x.rows, func(r text) error {
			f := store.Failure{Claim: r.Claim(), Text: r.Text, Reason: "21610"}
			if rand.IntN(2) == 0 {
				f.Refusal = store.OptedOut
			}
			return x.Failed(ctx, f, Noon)
		})
	},
	"Receipt": func(ctx context.Context, x crowd) error {
		return each(x.texts, func(s text) error {
			r := s.receipt([]store.TextState{store.TextSent, store.TextUndelivered, store.TextFailed, store.TextDelivered}[rand.IntN(4)])
			switch rand.IntN(3) {
			case 0:
				r.Retry = Noon
			case 1:
				r.Refusal = store.Dead
			}
			return x.Receipt(ctx, r, Noon)
		})
	},
	"Take": func(ctx context.Context, x crowd) error {
		return each(x.messages, func(m store.Message) error { return x.Take(ctx, m.Org, m.ID, Ana, Noon) })
	},
	"Wipe": func(ctx context.Context, x crowd) error {
		return each(x.messages[:2], func(m store.Message) error { return x.Wipe(ctx, m.Org, m.ID, Ana, Noon) })
	},
	"Refuse": func(ctx context.Context, x crowd) error {
		return each(x.messages, func(m store.Message) error {
			why := []store.Refusal{store.Blocked, store.OptedOut}[rand.IntN(2)]
			err := x.Refuse(ctx, m.Org, m.To, why, Ana, Noon)
			return errors.Join(err, ours(x.Allow(ctx, m.Org, m.To.ID, store.Allowance{}, Ana, Noon)))
		})
	},
	"Expire": func(ctx context.Context, x crowd) error {
		_, err := x.Expire(ctx, 3, Noon.Add(life))
		return err
	},
	"Extend": func(ctx context.Context, x crowd) error {
		return each(x.messages, func(m store.Message) error {
			return x.Extend(ctx, m.Org, m.ID, Noon.Add(life+time.Duration(rand.IntN(100))*time.Second), Ana, Noon)
		})
	},
	"OpenSent": func(ctx context.Context, x crowd) error {
		return each(x.messages, func(m store.Message) error {
			_, err := x.OpenSent(ctx, x.reader(), m.ID, Noon)
			return err
		})
	},
	"Resend": func(ctx context.Context, x crowd) error {
		return each(x.messages, func(m store.Message) error { return x.Resend(ctx, m.Org, m.ID, Ana, Noon.Add(store.ResendEvery)) })
	},
}

// each acts on all, in another order each time.
func each[T any](all []T, act func(T) error) error {
	all = slices.Clone(all)
	rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	var errs []error
	for _, one := range all {
		errs = append(errs, ours(act(one)))
	}
	return errors.Join(errs...)
}

// ours drops the errors that say what became of the thing. Another, and above all
// that the store was not available, is none that these callers may get.
func ours(err error) error {
	for _, expected := range []error{
		store.ErrConflict, store.ErrGone, store.ErrNotFound, store.ErrThrottled,
		store.ErrRevoked, store.ErrUnproved, store.ErrLocked, store.ErrHeld, store.ErrTooLate,
	} {
		if errors.Is(err, expected) {
			return nil
		}
	}
	return err
}

// happen does what is named, all at once and several times.
func (x crowd) happen(t *testing.T, names ...string) {
	t.Helper()
	var wg sync.WaitGroup
	for _, name := range names {
		for range 3 {
			wg.Go(func() {
				for range 2 {
					if err := acts[name](t.Context(), x); err != nil {
						t.Errorf("%s: %v", name, err)
					}
				}
			})
		}
	}
	wg.Wait()
}

func crowdWaits(t *testing.T, c *Clinic) {
	for range 2 {
		x := c.crowd(t, 4)
		x.happen(t, "Read", "Watched", "Failed", "Receipt", "Take", "Wipe", "Refuse", "Expire", "Resend", "Extend", "OpenSent")
		for {
			n, err := c.Expire(t.Context(), 100, Noon.Add(2*life))
			must(t, "Expire", err)
			if n == 0 {
				break
			}
		}
		for _, m := range x.messages {
			kinds := kindsOf(c.events(t, store.EventFilter{Message: m.ID}))
			if n := tally(kinds, store.Wiped, store.Expired); n != 1 {
				t.Errorf("events: a message was wiped %d times, want once: %v", n, kinds)
			}
			if n := tally(kinds, store.Taken); n > 1 {
				t.Errorf("events: a message was taken %d times: %v", n, kinds)
			}
		}
		if b := c.backlog(t, Noon.Add(2*life)); b.Due != 0 {
			t.Errorf("Backlog: got %d due of messages that are gone", b.Due)
		}
		for _, m := range x.messages[:2] { // so that the next round may enrol
			must(t, "ResetRecipient", c.ResetRecipient(t.Context(), c.Org.ID, m.To.ID, Ana, Noon))
			wantAllowed(t, c, m.To)
		}
	}
}

// wantAllowed has a recipient get texts, whatever it was before.
func wantAllowed(tb testing.TB, c *Clinic, r store.Recipient) {
	tb.Helper()
	err := c.Allow(tb.Context(), c.Org.ID, r.ID, store.Allowance{}, Ana, Noon)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		tb.Fatalf("Allow: %v", err)
	}
}

func tally(kinds []store.Kind, of ...store.Kind) (n int) {
	for _, k := range kinds {
		if slices.Contains(of, k) {
			n++
		}
	}
	return n
}

func crowdReminds(t *testing.T, c *Clinic) {
	for range 3 {
		x := c.crowd(t, 3)
		x.happen(t, "Watched", "Read", "Take")
		for _, d := range c.due(t, Noon.Add(25*time.Hour)) {
			if d.Kind == store.ReminderText {
				t.Error("Due: a reminder waits of a message that was read")
			}
		}
		for _, m := range x.messages {
			must(t, "Wipe", c.Wipe(t.Context(), c.Org.ID, m.ID, Ana, Noon)) // out of the next round's way
		}
		for _, m := range x.messages[:2] {
			must(t, "ResetRecipient", c.ResetRecipient(t.Context(), c.Org.ID, m.To.ID, Ana, Noon))
		}
	}
}
