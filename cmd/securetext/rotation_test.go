package main

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"securetext/store"
	"securetext/store/seal"
)

func TestS22NothingIsUnreadableWhileKeysAreRotatedUnderLoad(t *testing.T) {
	r1, r2, k1, k2, pepper := newSecret(), newSecret(), newSecret(), newSecret(), "PEPPER="+newSecret()
	first := keySet{"ROOT_KEY=" + r1, "PHONE_KEY=" + k1, pepper}
	ready := keySet{"ROOT_KEY=" + r1, "ROOT_KEY_OLD=" + r2, "PHONE_KEY=" + k1, "PHONE_KEY_NEXT=" + k2, pepper}
	swapped := keySet{"ROOT_KEY=" + r2, "ROOT_KEY_OLD=" + r1, "PHONE_KEY=" + k2, "PHONE_KEY_OLD=" + k1, pepper}
	last := keySet{"ROOT_KEY=" + r2, "PHONE_KEY=" + k2, pepper}
	onEngines(t, func(t *testing.T, w *town) {
		w.begin(first)
		stop := w.load(120)
		w.wrote(30)
		for _, keys := range []keySet{ready, swapped} {
			for i := range w.procs {
				w.restart(keys, i)
				w.wrote(20)
			}
		}
		var wg sync.WaitGroup
		for range 2 { // one beside the other
			wg.Go(func() {
				_, err := w.rotate(t.Context(), swapped, keysRotateCmd{Org: "all", Phones: true})
				if err != nil && !strings.Contains(err.Error(), "another rotation is under way") {
					t.Errorf("rotate: %v", err)
				}
			})
		}
		wg.Wait()
		w.wrote(20)
		for i := range w.procs {
			w.restart(last, i)
			w.wrote(20)
		}
		if _, err := w.rotate(t.Context(), last, keysRotateCmd{Phones: true}); err == nil || !strings.Contains(err.Error(), "give every process the new one first") {
			t.Errorf("with the former key used a moment ago: got error %v", err)
		}
		if n := stop(); n < 100 {
			t.Errorf("there was no load: %d", n)
		}
		w.skip = 2 * keyIdle
		out, err := w.rotate(t.Context(), last, keysRotateCmd{Phones: true})
		if err != nil || !strings.Contains(out, "hashes forgotten") {
			t.Errorf("rotate at last: %v\n%s", err, out)
		}
		w.wantAll(last)
		if err := w.program(first).use(t.Context(), func(*house) error { return nil }); !errors.Is(err, store.ErrForeignKey) {
			t.Errorf("S23: a process with the former phone key: got error %v, want ErrForeignKey", err)
		}
		if _, err := w.rotate(t.Context(), keySet{"ROOT_KEY=" + r1, "PHONE_KEY=" + k2, pepper}, keysRotateCmd{}); !errors.Is(err, seal.ErrUnknownRoot) {
			t.Errorf("S22: a process with the former root key: got error %v, want ErrUnknownRoot", err)
		}
	})
}

// A rotation that is cut short at any place is gone on with by the next.
func TestS22ARotationThatWasCutShortIsGoneOnWith(t *testing.T) {
	r1, r2, k1, k2, pepper := newSecret(), newSecret(), newSecret(), newSecret(), "PEPPER="+newSecret()
	swapped := keySet{"ROOT_KEY=" + r2, "ROOT_KEY_OLD=" + r1, "PHONE_KEY=" + k2, "PHONE_KEY_OLD=" + k1, pepper}
	onEngines(t, func(t *testing.T, w *town) {
		w.begin(keySet{"ROOT_KEY=" + r1, "PHONE_KEY=" + k1, pepper})
		const numbers = rewrapBatch + 50
		for n := range numbers {
			w.must("write", w.write(t.Context(), n, ""))
		}
		errCut := errors.New("cut")
		h := w.process(swapped)
		p := w.program(swapped)
		for cuts := 0; ; cuts++ {
			h.store = &cut{whole: w.store, after: cuts % 3, err: errCut}
			err := errors.Join(h.hashAndRewrap(t.Context(), p))
			if err == nil {
				break
			}
			if !errors.Is(err, errCut) || cuts > 20 {
				t.Fatalf("after %d cuts: %v", cuts, err)
			}
		}
		w.skip = 2 * keyIdle
		_, err := w.rotate(t.Context(), keySet{"ROOT_KEY=" + r2, "PHONE_KEY=" + k2, pepper}, keysRotateCmd{Phones: true})
		w.must("rotate", err)
		w.wantAll(keySet{"ROOT_KEY=" + r2, "PHONE_KEY=" + k2, pepper})
	})
}

// hashAndRewrap is what keys rotate --phones does.
func (h *house) hashAndRewrap(ctx context.Context, p *program) error {
	if _, err := h.rewrapOrgKeys(ctx, p); err != nil {
		return err
	}
	if err := h.rewrapAllData(ctx, p); err != nil {
		return err
	}
	return h.rotatePhones(ctx, p)
}

// cut is a store that does so many steps of a rotation, and then no more.
type cut struct {
	whole
	after int
	err   error
}

func (c *cut) step() error {
	if c.after--; c.after < 0 {
		return c.err
	}
	return nil
}

func (c *cut) AddHashes(ctx context.Context, hashes []store.HashOf) (int, error) {
	if err := c.step(); err != nil {
		return 0, err
	}
	return c.whole.AddHashes(ctx, hashes)
}

func (c *cut) ReplaceOrgKey(ctx context.Context, k seal.OrgKey, by store.Actor, at time.Time) error {
	if err := c.step(); err != nil {
		return err
	}
	return c.whole.ReplaceOrgKey(ctx, k, by, at)
}

func TestKeysStatusSaysWhatIsLeft(t *testing.T) {
	r1, r2, k1, k2, pepper := newSecret(), newSecret(), newSecret(), newSecret(), "PEPPER="+newSecret()
	swapped := keySet{"ROOT_KEY=" + r2, "ROOT_KEY_OLD=" + r1, "PHONE_KEY=" + k2, "PHONE_KEY_OLD=" + k1, pepper, "PEPPER_OLD=" + newSecret()}
	w := newTown(t, "DATA_DIR="+t.TempDir())
	w.begin(keySet{"ROOT_KEY=" + r1, "PHONE_KEY=" + k1, pepper})
	w.must("write", w.write(t.Context(), 1, "M."))
	status := func() string {
		p := w.program(swapped)
		w.must("status", keysStatusCmd{}.Run(t.Context(), p))
		return p.out.(*bytes.Buffer).String()
	}
	for _, step := range []struct {
		does func()
		want []string
	}{
		{func() {}, []string{
			"wraps 0 org keys: in use", "wraps 1 org keys: not yet to be taken out; run: securetext keys rotate", "version 1 in use: 3 data keys, 0 of them",
			"not yet to be taken out: a process uses it; 2 of 2 numbers are not hashed", "PEPPER_OLD: a password changes over",
		}},
		{func() { w.skip = 2 * keyIdle }, []string{"not yet to be taken out: 2 of 2 numbers"}},
		{func() {
			_, err := w.rotate(t.Context(), swapped, keysRotateCmd{Phones: true, Org: "Lakeside"})
			w.must("rotate", err)
		}, []string{
			"wraps 2 org keys: in use", "wraps 0 org keys: may be taken out", "version 2 in use: 3 data keys, 0 of them", "may be taken out of PHONE_KEY_OLD",
		}},
	} {
		step.does()
		got := status()
		for _, want := range step.want {
			if !strings.Contains(got, want) {
				t.Errorf("status lacks %q:\n%s", want, got)
			}
		}
		for _, secret := range []string{r1, r2, k1, k2} {
			if strings.Contains(got, secret) {
				t.Error("S24: status shows a key")
			}
		}
	}
}
