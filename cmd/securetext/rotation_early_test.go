package main

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"securetext/store"
	"securetext/store/person"
	"securetext/store/seal"
)

// Who takes the former phone key away before numbers are hashed with the one in use
// would find nobody: not who said STOP either.
func TestS23AFormerPhoneKeyIsNotTakenAwayTooEarly(t *testing.T) {
	r, k1, k2, k3, pepper := newSecret(), newSecret(), newSecret(), newSecret(), "PEPPER="+newSecret()
	keys := func(phones ...string) keySet { return append(keySet{"ROOT_KEY=" + r, pepper}, phones...) }
	first, alone := keys("PHONE_KEY="+k1), keys("PHONE_KEY="+k2)
	onEngines(t, func(t *testing.T, w *town) {
		opens := func(k keySet) error { return w.program(k).use(t.Context(), func(*house) error { return nil }) }
		wantEarly := func(k keySet) {
			t.Helper()
			if err := opens(k); !errors.Is(err, store.ErrForeignKey) || !strings.Contains(err.Error(), "1 of them") {
				t.Errorf("too early: got error %v, want ErrForeignKey", err)
			}
		}
		w.begin(first)
		w.must("refuse", w.stop(t.Context(), first, 1))
		w.must("swapped", opens(keys("PHONE_KEY="+k2, "PHONE_KEY_OLD="+k1)))
		wantEarly(alone)
		w.must("with a third key", opens(keys("PHONE_KEY="+k3, "PHONE_KEY_OLD="+k2+","+k1)))
		wantEarly(keys("PHONE_KEY="+k3, "PHONE_KEY_OLD="+k2))
		w.must("keysStatus", keysStatusCmd{}.Run(t.Context(), w.program(alone)))
		_, err := w.rotate(t.Context(), keys("PHONE_KEY="+k2, "PHONE_KEY_OLD="+k1), keysRotateCmd{Phones: true})
		w.must("rotate", err)
		w.must("alone", opens(alone))
		w.must("with a third key, and without the first", opens(keys("PHONE_KEY="+k3, "PHONE_KEY_OLD="+k2)))
		k, err := store.FindRecipient(t.Context(), w.store, w.process(alone).index, store.Whom{Org: w.org.ID, Number: numbered(1).E164()})
		if err != nil || k.Refusal != store.OptedOut {
			t.Errorf("who said STOP: %v, %v", k.Refusal, err)
		}
	})
}

// A store that is older than rotation learns of the former key by the first settings.
func TestS23TheFormerPhoneKeyIsRememberedAtTheFirstStart(t *testing.T) {
	r, k1, k2, pepper := newSecret(), newSecret(), newSecret(), "PEPPER="+newSecret()
	swapped := keySet{"ROOT_KEY=" + r, pepper, "PHONE_KEY=" + k2, "PHONE_KEY_OLD=" + k1}
	onEngines(t, func(t *testing.T, w *town) {
		w.begin(swapped)
		h := w.process(swapped)
		old, err := store.SealRecipient(t.Context(), h.keys, h.index.Each()[1], store.Whom{Org: w.org.ID, Number: numbered(1).E164()}, store.Found{})
		w.must("SealRecipient", err)
		old.Hashes = nil // as before there were any
		w.must("Refuse", w.store.Refuse(t.Context(), w.org.ID, old, store.OptedOut, operator(), time.Now()))
		p := w.program(swapped)
		w.must("status", keysStatusCmd{}.Run(t.Context(), p))
		if got := p.out.(*bytes.Buffer).String(); !strings.Contains(got, "1 of 1 numbers are not hashed") {
			t.Errorf("status: %s", got)
		}
		alone := keySet{"ROOT_KEY=" + r, pepper, "PHONE_KEY=" + k2}
		if err := w.program(alone).use(t.Context(), func(*house) error { return nil }); !errors.Is(err, store.ErrForeignKey) {
			t.Errorf("too early: got error %v, want ErrForeignKey", err)
		}
	})
}

// A number may be two recipients of old, of whom one key finds one: whoever changed the
// key by hand before it could be rotated has such. Who is found stays the one who is.
func TestS23RotationFindsWhoWasFound(t *testing.T) {
	r, k1, k2, pepper := newSecret(), newSecret(), newSecret(), "PEPPER="+newSecret()
	first := keySet{"ROOT_KEY=" + r, pepper, "PHONE_KEY=" + k1}
	swapped := keySet{"ROOT_KEY=" + r, pepper, "PHONE_KEY=" + k2, "PHONE_KEY_OLD=" + k1}
	onEngines(t, func(t *testing.T, w *town) {
		w.begin(first)
		h := w.process(first)
		w.must("refuse", w.stop(t.Context(), first, 1))
		whom := store.Whom{Org: w.org.ID, Number: numbered(1).E164()}
		live, err := store.FindRecipient(t.Context(), w.store, h.index, whom)
		w.must("FindRecipient", err)
		dead := store.Recipient{ID: live.ID}
		for dead.ID >= live.ID { // so that it is looked at first
			dead, err = store.SealRecipient(t.Context(), h.keys, seal.NewIndex(seal.NewKey()), whom, store.Found{})
			w.must("SealRecipient", err)
		}
		dead.Hashes = nil
		w.must("Refuse", w.store.Refuse(t.Context(), w.org.ID, dead, store.Blocked, operator(), time.Now()))
		out, err := w.rotate(t.Context(), swapped, keysRotateCmd{Phones: true})
		if err != nil || !strings.Contains(out, "1 numbers hashed") || !strings.Contains(out, "1 recipients are found by no key") {
			t.Errorf("rotate: %v\n%s", err, out)
		}
		k, err := store.FindRecipient(t.Context(), w.store, w.process(swapped).index, whom)
		if err != nil || k.ID != live.ID || k.Refusal != store.OptedOut {
			t.Errorf("found: %+v, %v, want who said STOP", k, err)
		}
	})
}

// stop records that a number wants no more texts.
func (w *town) stop(ctx context.Context, keys keySet, n int) error {
	h := w.process(keys)
	r, err := h.recipient(ctx, w.org.ID, numbered(n), person.Name{})
	if err != nil {
		return err
	}
	return h.store.Refuse(ctx, w.org.ID, r, store.OptedOut, operator(), time.Now())
}
