package storetest

import (
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"testing"
	"time"

	"securetext/store"
)

var crowdPatientsChecks = []check{
	{"whatever browsers, staff and couriers do at once, nobody waits for another in vain", crowdPatients},
}

// crowdDevices is how many browsers each recipient of a crowd has.
const crowdDevices = 4

// devices has half of the browsers of a crowd's recipients prove themselves, and
// the others ask for codes: the texts that bring them are claimed.
func (x *crowd) devices(tb testing.TB, now time.Time) {
	tb.Helper()
	x.codes, x.later = nil, now.Add(10*time.Minute)
	for n := range crowdDevices {
		at := now.Add(time.Duration(n) * store.CodeEvery)
		for _, s := range x.texts[:len(x.viewers)] { // one of each recipient
			if n < crowdDevices/2 {
				x.prove(tb, s.Link, browser(n), at)
				continue
			}
			must(tb, "AskCode", x.AskCode(tb.Context(), s.Link, browser(n), visitor, at))
		}
	}
	for _, d := range x.due(tb, x.later) {
		if d.Kind == store.CodeText {
			a := store.Attempt{Claim: d.Claim, Text: store.NewTextID(now), Road: road, Code: store.CodeHash{1}}
			x.codes = append(x.codes, text{Due: d, Attempt: a, provider: "SM" + string(a.Text)})
		}
	}
}

// patientActs are what happens, as acts are.
var patientActs = map[string]func(context.Context, crowd) error{
	"AskCode": func(ctx context.Context, x crowd) error {
		return each(x.texts, func(s text) error {
			at := x.later.Add(time.Duration(rand.IntN(60)) * time.Minute)
			return x.AskCode(ctx, s.Link, browser(rand.IntN(crowdDevices)), visitor, at)
		})
	},
	"TextCodes": func(ctx context.Context, x crowd) error {
		var attempts []store.Attempt
		var sent []store.SentText
		for _, s := range x.codes {
			attempts, sent = append(attempts, s.Attempt), append(sent, s.sent())
		}
		if err := x.AddLinks(ctx, attempts, x.later); err == nil {
			return ours(x.Sent(ctx, sent, x.later))
		}
		return each(x.codes, func(s text) error {
			s.Text = store.NewTextID(x.later)
			return x.AddLinks(ctx, []store.Attempt{s.Attempt}, x.later)
		})
	},
	"TryCode": func(ctx context.Context, x crowd) error {
		return each(x.texts, func(s text) error {
			code := store.CodeHash{byte(1 + rand.IntN(2))}
			return x.TryCode(ctx, s.Link, browser(rand.IntN(crowdDevices)), []store.CodeHash{code}, visitor, x.later)
		})
	},
	"SignIn": func(ctx context.Context, x crowd) error {
		return each(x.texts, func(s text) error {
			d := browser(rand.IntN(crowdDevices))
			if err := x.TryUnlock(ctx, s.Link, d, x.later); err != nil {
				return err
			}
			u := unlock(s.Link)
			u.Device = d
			_, err := x.Unlocked(ctx, u, x.later)
			return err
		})
	},
	"ResetPassword": func(ctx context.Context, x crowd) error {
		return each(x.texts, func(s text) error {
			e := reset(s.Link, browser(rand.IntN(crowdDevices)))
			e.Password = phc
			_, err := x.ResetPassword(ctx, e, x.later)
			return err
		})
	},
	"ResetRecipient": func(ctx context.Context, x crowd) error {
		return each(x.messages[:1], func(m store.Message) error {
			return x.ResetRecipient(ctx, m.Org, m.To.ID, Ana, x.later)
		})
	},
	"Enrol": func(ctx context.Context, x crowd) error {
		return each(x.texts, func(s text) error {
			_, err := x.Enrol(ctx, enrolmentOn(s.Link, browser(rand.IntN(crowdDevices))), x.later)
			return err
		})
	},
	"Passkeys": func(ctx context.Context, x crowd) error {
		return each(x.texts, func(s text) error {
			d := browser(rand.IntN(crowdDevices))
			ch := challengeOf(s.Link, d, []store.Purpose{store.ToAdd, store.ToUnlock}[rand.IntN(2)], 1)
			at := x.later.Add(time.Duration(rand.IntN(10)) * time.Minute)
			_, kept := x.KeepChallenge(ctx, ch, at)
			_, list, took := x.TakeChallenge(ctx, ch, at)
			v := x.viewers[s.Recipient]
			errs := []error{kept, took, x.AddPasskey(ctx, passkeyOf(1, 0), d, v, at), x.DeclinePasskey(ctx, d, v)}
			for _, p := range list {
				_, err := x.UnlockedByPasskey(ctx, passkeyUnlock(p, s.Link, d, 0), at)
				errs = append(errs, err, x.RemovePasskey(ctx, p.ID, v, at))
			}
			for i, err := range errs {
				errs[i] = ours(err)
			}
			return errors.Join(errs...)
		})
	},
	"Forget": func(ctx context.Context, x crowd) error {
		_, err := x.Expire(ctx, 3, x.later.Add(24*time.Hour-time.Duration(rand.IntN(10))*time.Minute))
		return err
	},
	"NotMine": func(ctx context.Context, x crowd) error {
		return each(x.texts[:4], func(s text) error { return x.NotMine(ctx, s.Link, visitor, x.later) })
	},
	"Release": func(ctx context.Context, x crowd) error {
		return each(x.messages, func(m store.Message) error {
			err := ours(x.ReleaseMessage(ctx, m.Org, m.ID, Ana, x.later))
			return errors.Join(err, ours(x.UnlockRecipient(ctx, m.Org, m.To.ID, Ana, x.later)))
		})
	},
}

func init() { maps.Copy(acts, patientActs) }

func crowdPatients(t *testing.T, c *Clinic) {
	for round := range 3 {
		x := c.crowd(t, 4)
		x.devices(t, Noon.Add(time.Duration(round)*50*time.Hour))
		x.happen(t, "AskCode", "TextCodes", "TryCode", "SignIn", "ResetPassword", "ResetRecipient", "Enrol", "NotMine", "Release", "Passkeys",
			"Read", "Watched", "Failed", "Receipt", "Wipe", "Refuse", "Forget")
		for _, m := range x.messages {
			kinds := kindsOf(c.events(t, store.EventFilter{Message: m.ID}))
			if d, r := tally(kinds, store.Disowned), tally(kinds, store.Released); d > r+1 {
				t.Errorf("events: a message was disowned %d times and released %d: %v", d, r, kinds)
			}
		}
		for _, m := range x.messages { // out of the next round's way
			must(t, "Wipe", ours(c.Wipe(t.Context(), c.Org.ID, m.ID, Ana, Noon)))
			wantAllowed(t, c, m.To)
		}
		for _, m := range x.messages[:2] {
			must(t, "ResetRecipient", c.ResetRecipient(t.Context(), c.Org.ID, m.To.ID, Ana, Noon))
		}
	}
}
