package storetest

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"securetext/store"
	"securetext/store/seal"
	"securetext/store/token"
)

var passkeyChecks = []check{
	{"a passkey is kept as it was given, and is an event", passkeyKept},
	{"S10: a passkey signs in and makes the browser known, without a code", passkeySignsIn},
	{"S08: a passkey opens whatever strangers did, and leaves their lock as it is", passkeyPastLock},
	{"S10: a passkey whose counter does not go up is refused, and is an event", passkeyCounter},
	{"a passkey that was removed, or is another's, signs nobody in", passkeyRemoved},
	{"a recipient has ten passkeys at most, however many come at once", passkeyMost},
	{"S11: every reset forgets the passkeys", passkeyReset},
	{"S14: a session that was revoked adds, lists, removes and declines nothing", passkeyRevoked},
	{"a passkey opens nothing that is gone", passkeyGone},
	{"a browser in which a passkey was added, used or declined is known for it", passkeySettled},
}

// passkeyOf is a new passkey, which never signed yet.
func passkeyOf(n byte, counter int64) store.Passkey {
	return store.Passkey{
		ID: store.NewPasskeyID(Noon), Record: seal.Ciphertext{n, 1, 2}, Counter: counter, Label: "Chrome on Android", Created: Noon,
	}
}

// withPasskey is a recipient who set a password and made a passkey, both on a device.
func (c *Clinic) withPasskey(tb testing.TB, number string, d store.DeviceHash) (store.Passkey, token.Hash, store.Viewer) {
	tb.Helper()
	_, hash, v := c.signedIn(tb, number, d)
	p := passkeyOf(1, 0)
	must(tb, "AddPasskey", c.AddPasskey(tb.Context(), p, d, v, Noon))
	return p, hash, v
}

func passkeyUnlock(p store.Passkey, hash token.Hash, d store.DeviceHash, counter int64) store.PasskeyUnlock {
	return store.PasskeyUnlock{Link: hash, Device: d, Label: "Chrome on Android", Passkey: p.ID, Counter: counter, Addr: home}
}

func (c *Clinic) passkeys(tb testing.TB, v store.Viewer) []store.Passkey {
	tb.Helper()
	list, err := c.Passkeys(tb.Context(), v)
	must(tb, "Passkeys", err)
	return list
}

func passkeyKept(t *testing.T, c *Clinic) {
	first, hash, v := c.withPasskey(t, Number(1), browser(1))
	second := passkeyOf(2, 7)
	must(t, "AddPasskey", c.AddPasskey(t.Context(), second, browser(1), v, Noon.Add(time.Minute)))
	second.Created = Noon.Add(time.Minute)
	if d := cmp.Diff([]store.Passkey{first, second}, c.passkeys(t, v)); d != "" {
		t.Errorf("Passkeys: (-want +got)\n%s", d)
	}
	e := c.last(t, store.PasskeyAdded)
	if e.Recipient != v.Recipient || e.By != v.Actor() || e.Detail != string(second.ID) {
		t.Errorf("event: got %+v, want the recipient's, with the passkey's id", e)
	}
	if !c.link(t, hash, Noon).Passkeys {
		t.Error("Link: it knows of no passkeys")
	}
	must(t, "RemovePasskey", c.RemovePasskey(t.Context(), first.ID, v, Noon))
	if e := c.last(t, store.PasskeyRemoved); e.Recipient != v.Recipient || e.By != v.Actor() || e.Detail != string(first.ID) {
		t.Errorf("event: got %+v, want the recipient's, with the passkey's id", e)
	}
	wantError(t, "RemovePasskey again", c.RemovePasskey(t.Context(), first.ID, v, Noon), store.ErrNotFound)
	must(t, "RemovePasskey", c.RemovePasskey(t.Context(), second.ID, v, Noon))
	if list := c.passkeys(t, v); len(list) != 0 || c.link(t, hash, Noon).Passkeys {
		t.Errorf("Passkeys: got %d after all were removed", len(list))
	}
}

func passkeySignsIn(t *testing.T, c *Clinic) {
	for _, policy := range []store.StepUp{store.StepUpNewDevice, store.StepUpAlways, store.StepUpNever} {
		c.setPolicy(t, store.Policy{StepUp: policy})
		p, hash, enrolled := c.withPasskey(t, Number(len(policy)), browser(1))
		now := Noon.Add(time.Minute)
		v, err := c.UnlockedByPasskey(t.Context(), passkeyUnlock(p, hash, browser(2), 0), now)
		must(t, "UnlockedByPasskey", err)
		if v != enrolled {
			t.Errorf("UnlockedByPasskey: got %+v, want %+v", v, enrolled)
		}
		e := c.last(t, store.Unlocked)
		if e.Message == "" || e.Recipient != v.Recipient || e.By != v.Actor() || e.Detail != store.ByPasskey {
			t.Errorf("event: got %+v, want the recipient's at the message, by passkey", e)
		}
		l := c.linkOn(t, hash, browser(2), now)
		if !l.Device.Known || !l.Device.Passkey || l.Device.RetryAt.After(now) {
			t.Errorf("Link: got %+v, want the browser known", l.Device)
		}
		if got := c.passkeys(t, v)[0]; !got.Used.Equal(now) || !got.Created.Equal(Noon) {
			t.Errorf("Passkeys: got %+v, want it used at %v", got, now)
		}
		_, err = c.Message(t.Context(), hash, v, now)
		must(t, "Message", err)
	}
}

func passkeyPastLock(t *testing.T, c *Clinic) {
	c.setPolicy(t, store.Policy{StepUp: store.StepUpNewDevice})
	p, hash, _ := c.withPasskey(t, Number(1), browser(1))
	now := c.wrong(t, hash, store.LockAfter)
	c.prove(t, hash, browser(4), now)
	wantError(t, "TryUnlock of a stranger", c.TryUnlock(t.Context(), hash, browser(4), now), store.ErrLocked)
	_, err := c.UnlockedByPasskey(t.Context(), passkeyUnlock(p, hash, browser(5), 0), now)
	must(t, "UnlockedByPasskey", err)
	wantError(t, "TryUnlock of a stranger", c.TryUnlock(t.Context(), hash, browser(4), now), store.ErrLocked)
	must(t, "TryUnlock of the browser it opened in", c.TryUnlock(t.Context(), hash, browser(5), now))
}

func passkeyCounter(t *testing.T, c *Clinic) {
	_, hash, v := c.signedIn(t, Number(1), browser(1))
	p := passkeyOf(1, 5)
	must(t, "AddPasskey", c.AddPasskey(t.Context(), p, browser(1), v, Noon))
	for _, x := range []struct {
		counter int64
		refused bool
	}{{6, false}, {6, true}, {5, true}, {0, true}, {1 << 32, false}, {7, true}} {
		before := len(c.events(t, store.EventFilter{Kind: store.PasskeyRefused}))
		_, err := c.UnlockedByPasskey(t.Context(), passkeyUnlock(p, hash, browser(2), x.counter), Noon)
		want, more := error(nil), 0
		if x.refused {
			want, more = store.ErrConflict, 1
		}
		wantError(t, "UnlockedByPasskey", err, want)
		after := c.events(t, store.EventFilter{Kind: store.PasskeyRefused})
		if len(after) != before+more {
			t.Errorf("counter %d: got %d events of refusal, want %d", x.counter, len(after), before+more)
		}
		if x.refused {
			if e := after[len(after)-1]; e.Recipient != v.Recipient || e.Detail != string(p.ID) || e.By != visitor {
				t.Errorf("event: got %+v, want the visitor's, with the passkey's id", e)
			}
		}
	}
	if n := len(c.events(t, store.EventFilter{Kind: store.Unlocked})); n != 2 {
		t.Errorf("events: got %d unlocked, want 2", n)
	}
	if got := c.passkeys(t, v)[0].Counter; got != 1<<32 {
		t.Errorf("Passkeys: the counter is %d", got)
	}
}

func passkeyRemoved(t *testing.T, c *Clinic) {
	p, hash, v := c.withPasskey(t, Number(1), browser(1))
	theirs, link, other := c.withPasskey(t, Number(2), browser(2))
	_, err := c.UnlockedByPasskey(t.Context(), passkeyUnlock(theirs, hash, browser(1), 0), Noon)
	wantError(t, "UnlockedByPasskey of another patient's", err, store.ErrNotFound)
	wantError(t, "RemovePasskey of another patient's", c.RemovePasskey(t.Context(), theirs.ID, v, Noon), store.ErrNotFound)
	must(t, "RemovePasskey", c.RemovePasskey(t.Context(), p.ID, v, Noon))
	_, err = c.UnlockedByPasskey(t.Context(), passkeyUnlock(p, hash, browser(1), 0), Noon)
	wantError(t, "UnlockedByPasskey once removed", err, store.ErrNotFound)
	if n := len(c.events(t, store.EventFilter{Kind: store.Unlocked})); n != 0 {
		t.Errorf("events: got %d unlocked, want none", n)
	}
	if len(c.passkeys(t, other)) != 1 {
		t.Error("Passkeys: another patient's is gone")
	}
	_, err = c.UnlockedByPasskey(t.Context(), passkeyUnlock(theirs, link, browser(2), 0), Noon)
	must(t, "UnlockedByPasskey of the other", err)
}

func passkeyMost(t *testing.T, c *Clinic) {
	_, hash, v := c.signedIn(t, Number(1), browser(1))
	var wg sync.WaitGroup
	var added atomic.Int32
	for n := range 2 * store.MostPasskeys {
		wg.Go(func() {
			switch err := c.AddPasskey(t.Context(), passkeyOf(byte(n), 0), browser(1), v, Noon); {
			case err == nil:
				added.Add(1)
			case !errors.Is(err, store.ErrConflict):
				t.Errorf("AddPasskey: %v", err)
			}
		})
	}
	wg.Wait()
	if n, list := added.Load(), c.passkeys(t, v); n != store.MostPasskeys || len(list) != store.MostPasskeys {
		t.Errorf("AddPasskey: %d succeeded and there are %d, want %d", n, len(list), store.MostPasskeys)
	}
	_, err := c.KeepChallenge(t.Context(), challengeOf(hash, browser(1), store.ToAdd, 1), Noon)
	wantError(t, "KeepChallenge to add one more", err, store.ErrConflict)
}

func passkeyReset(t *testing.T, c *Clinic) {
	for name, reset := range map[string]func(token.Hash, store.Viewer) store.Viewer{
		"by code": func(hash token.Hash, _ store.Viewer) store.Viewer {
			return c.resetOn(t, hash, browser(1), Noon.Add(time.Hour))
		},
		"by staff": func(hash token.Hash, v store.Viewer) store.Viewer {
			must(t, "ResetRecipient", c.ResetRecipient(t.Context(), c.Org.ID, v.Recipient, Ana, Noon))
			return c.enrol(t, hash)
		},
	} {
		p, hash, v := c.withPasskey(t, Number(len(name)), browser(1))
		_, err := c.KeepChallenge(t.Context(), challengeOf(hash, browser(1), store.ToUnlock, 1), Noon)
		must(t, "KeepChallenge", err)
		fresh := reset(hash, v)
		_, err = c.UnlockedByPasskey(t.Context(), passkeyUnlock(p, hash, browser(1), 0), Noon)
		wantError(t, "UnlockedByPasskey after a reset "+name, err, store.ErrNotFound)
		wantError(t, "AddPasskey by the former session", c.AddPasskey(t.Context(), p, browser(1), v, Noon), store.ErrRevoked)
		l := c.linkOn(t, hash, browser(1), Noon)
		if n := len(c.passkeys(t, fresh)); n != 0 || l.Passkeys || l.Device.Passkey {
			t.Errorf("Passkeys after a reset %s: got %d, offered %t, want none and it asked anew", name, n, !l.Device.Passkey)
		}
	}
}

func passkeyRevoked(t *testing.T, c *Clinic) {
	p, hash, v := c.withPasskey(t, Number(1), browser(1))
	must(t, "RevokeSessions", c.RevokeSessions(t.Context(), c.Org.ID, v.Recipient, Ana, Noon))
	_, err := c.Passkeys(t.Context(), v)
	wantError(t, "Passkeys", err, store.ErrRevoked)
	wantError(t, "AddPasskey", c.AddPasskey(t.Context(), passkeyOf(2, 0), browser(1), v, Noon), store.ErrRevoked)
	wantError(t, "RemovePasskey", c.RemovePasskey(t.Context(), p.ID, v, Noon), store.ErrRevoked)
	wantError(t, "DeclinePasskey", c.DeclinePasskey(t.Context(), browser(1), v), store.ErrRevoked)
	again, err := c.UnlockedByPasskey(t.Context(), passkeyUnlock(p, hash, browser(1), 0), Noon)
	must(t, "UnlockedByPasskey", err)
	if again.Epoch <= v.Epoch || len(c.passkeys(t, again)) != 1 {
		t.Errorf("UnlockedByPasskey: got epoch %d after %d, want a new one and the passkey", again.Epoch, v.Epoch)
	}
}

func passkeyGone(t *testing.T, c *Clinic) {
	p, hash, v := c.withPasskey(t, Number(1), browser(1))
	ch := challengeOf(hash, browser(1), store.ToUnlock, 1)
	for _, name := range []string{"after its life", "after Wipe"} {
		now := Noon.Add(life)
		c.keep(t, ch, Noon)
		if name == "after Wipe" {
			now = Noon
			must(t, "Wipe", c.Wipe(t.Context(), c.Org.ID, c.link(t, hash, Noon).Message, Ana, Noon))
		}
		c.wantTaken(t, name, ch, now, store.ErrGone)
		_, err := c.KeepChallenge(t.Context(), ch, now)
		wantError(t, "KeepChallenge "+name, err, store.ErrGone)
		_, err = c.UnlockedByPasskey(t.Context(), passkeyUnlock(p, hash, browser(1), 0), now)
		wantError(t, "UnlockedByPasskey "+name, err, store.ErrGone)
	}
	_, err := c.UnlockedByPasskey(t.Context(), passkeyUnlock(p, token.New().Hash(), browser(1), 0), Noon)
	wantError(t, "UnlockedByPasskey by no such link", err, store.ErrNotFound)
	if len(c.passkeys(t, v)) != 1 {
		t.Error("Passkeys: it went with the message")
	}
}

func passkeySettled(t *testing.T, c *Clinic) {
	p, hash, v := c.withPasskey(t, Number(1), browser(1))
	c.unlockOn(t, hash, browser(2), Noon)
	c.unlockOn(t, hash, browser(3), Noon)
	must(t, "DeclinePasskey", c.DeclinePasskey(t.Context(), browser(2), v))
	c.unlockOn(t, hash, browser(2), Noon)
	_, err := c.UnlockedByPasskey(t.Context(), passkeyUnlock(p, hash, browser(4), 0), Noon)
	must(t, "UnlockedByPasskey", err)
	for n, want := range map[int]bool{1: true, 2: true, 3: false, 4: true} {
		if got := c.linkOn(t, hash, browser(n), Noon).Device.Passkey; got != want {
			t.Errorf("Link of browser %d: got %t, want %t", n, got, want)
		}
	}
	must(t, "DeclinePasskey of none", c.DeclinePasskey(t.Context(), store.DeviceHash{}, v))
	must(t, "RemovePasskey", c.RemovePasskey(t.Context(), p.ID, v, Noon))
	if !c.linkOn(t, hash, browser(1), Noon).Device.Passkey {
		t.Error("Link: who removed a passkey is asked for one again")
	}
}
