package seal

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// remote is a root key that another machine keeps: it counts, takes its time and
// can be away.
type remote struct {
	Key
	asked atomic.Int64
	away  atomic.Bool
}

func (r *remote) UnwrapOrg(ctx context.Context, c Ciphertext, of OrgVersion) (Plaintext, error) {
	r.asked.Add(1)
	time.Sleep(100 * time.Millisecond)
	if r.away.Load() {
		return nil, fmt.Errorf("%w: it is away", ErrRootUnavailable)
	}
	return r.Key.UnwrapOrg(ctx, c, of)
}

// fleet is a cold keyring, with the data keys of two orgs that another process made.
func fleet(t *testing.T) (*Keyring, *remote, map[string]DataKey) {
	t.Helper()
	root, source, made := &remote{Key: NewKey()}, orgKeys{}, map[string]DataKey{}
	first := NewKeyring(source, root)
	for _, org := range []string{"org_1", "org_2"} {
		source[org] = []OrgKey{newOrgKey(t, first, org, 1)}
		_, stored, err := first.NewDataKey(t.Context(), Place{Org: org})
		if err != nil {
			t.Fatal(err)
		}
		made[org] = stored
	}
	root.asked.Store(0)
	return NewKeyring(source, root), root, made
}

func opens(t *testing.T, k *Keyring, made map[string]DataKey, org string) error {
	_, err := k.DataKey(t.Context(), made[org], Place{Org: org})
	return err
}

func TestManyWaitForOneAnswerOfTheRootKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, root, made := fleet(t)
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				if err := opens(t, k, made, "org_1"); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := root.asked.Load(); n != 1 {
			t.Errorf("asked %d times, want once", n)
		}
		cancelled, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := k.DataKey(cancelled, made["org_2"], Place{Org: "org_2"}); err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("who left: got error %v", err)
		}
		if err := opens(t, k, made, "org_2"); err != nil || root.asked.Load() != 2 {
			t.Errorf("after who left: %v, asked %d times in all", err, root.asked.Load())
		}
	})
}

func TestAnOutageOfTheRootKeyStopsColdOrgsAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, root, made := fleet(t)
		root.away.Store(true)
		for range 20 {
			if err := opens(t, k, made, "org_1"); !errors.Is(err, ErrRootUnavailable) {
				t.Fatalf("cold: got error %v, want ErrRootUnavailable", err)
			}
		}
		if n := root.asked.Load(); n != 1 {
			t.Errorf("asked %d times within a second, want once", n)
		}
		if cold, err := k.Trouble(); !cold || !errors.Is(err, ErrRootUnavailable) {
			t.Errorf("Trouble: cold %v, %v", cold, err)
		}
		root.away.Store(false)
		time.Sleep(2 * askAgain)
		if err := k.Warm(t.Context(), "org_1"); err != nil {
			t.Fatalf("once it is back: %v", err)
		}
		if _, err := k.Trouble(); err != nil {
			t.Errorf("Trouble, once it is back: %v", err)
		}
		root.away.Store(true)
		time.Sleep(2 * newestFor)
		if _, _, err := k.NewDataKey(t.Context(), Place{Org: "org_1"}); err != nil {
			t.Errorf("a known org while it is away: %v", err)
		}
		if err := opens(t, k, made, "org_2"); !errors.Is(err, ErrRootUnavailable) {
			t.Errorf("another org: got error %v, want ErrRootUnavailable", err)
		}
		if cold, err := k.Trouble(); cold || err == nil {
			t.Errorf("Trouble: cold %v, %v; want a warm process with trouble", cold, err)
		}
	})
}

func TestS21SwappedOrgKeysDoNotOpen(t *testing.T) {
	k, source := ring(t)
	_, first, err := k.NewDataKey(t.Context(), here)
	if err != nil {
		t.Fatal(err)
	}
	source["org_1"] = append(source["org_1"], newOrgKey(t, k, "org_1", 2))
	keys := source["org_1"]
	keys[0].Wrapped, keys[1].Wrapped = keys[1].Wrapped, keys[0].Wrapped
	if _, err := NewKeyring(source, k.current).DataKey(t.Context(), first, here); !errors.Is(err, ErrTampered) {
		t.Errorf("two versions swapped: got error %v, want ErrTampered", err)
	}
	source["org_1"][0].Wrapped, source["org_2"][0].Wrapped = source["org_2"][0].Wrapped, source["org_1"][0].Wrapped
	for _, org := range []string{"org_1", "org_2"} {
		if err := opens(t, NewKeyring(source, k.current), map[string]DataKey{org: first}, org); !errors.Is(err, ErrTampered) {
			t.Errorf("two orgs swapped: got error %v, want ErrTampered", err)
		}
	}
}
