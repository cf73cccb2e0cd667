package seal

import (
	"context"
	"errors"
	"time"
)

// opening is an org key that is being opened, or was not to be opened of late. All
// who want it wait for one answer: a service that keeps a root key is not to be
// asked by every mail that comes while it is away.
type opening struct {
	done chan struct{} // closed once there is an answer
	key  Key
	err  error
	over time.Time // of an error: until when it is everybody's
}

// askAgain is how long nobody asks a root key again that did not open an org key.
const askAgain = time.Second

// remembered is an org key that was opened before.
func (k *Keyring) remembered(at OrgVersion) (Key, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	key, ok := k.opened[at]
	return key, ok
}

// open opens a stored org key, unless that was done before. A key that was wrapped
// anew is the same key.
func (k *Keyring) open(ctx context.Context, stored OrgKey) (Key, error) {
	at := OrgVersion{stored.Org, stored.Version}
	k.mu.Lock()
	if key, ok := k.opened[at]; ok {
		k.mu.Unlock()
		return key, nil
	}
	o, mine := k.opening[at], false
	if o == nil || !o.over.IsZero() && time.Now().After(o.over) {
		o, mine = &opening{done: make(chan struct{})}, true
		k.opening[at] = o
	}
	k.mu.Unlock()
	if mine {
		k.answer(ctx, o, stored)
	}
	select {
	case <-o.done:
		return o.key, o.err
	case <-ctx.Done():
		return Key{}, ctx.Err()
	}
}

// answer asks the root key, for all who wait: whoever asked first may leave.
func (k *Keyring) answer(ctx context.Context, o *opening, stored OrgKey) {
	key, err := k.unwrapOrg(context.WithoutCancel(ctx), stored)
	k.mu.Lock()
	defer k.mu.Unlock()
	at := OrgVersion{stored.Org, stored.Version}
	if o.key, o.err = key, err; err != nil {
		o.over = time.Now().Add(askAgain)
	} else {
		k.opened[at] = key
		delete(k.opening, at)
	}
	close(o.done)
}

// Trouble is why some org key could not be opened when it was last wanted; nil:
// all could. Cold reports that none ever was.
func (k *Keyring) Trouble() (cold bool, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, o := range k.opening {
		if !o.over.IsZero() {
			err = errors.Join(err, o.err)
			break // one reason is as good as many
		}
	}
	return len(k.opened) == 0, err
}

// Warm opens the newest key of each org, so that the root key may be away later.
func (k *Keyring) Warm(ctx context.Context, orgs ...string) error {
	for _, org := range orgs {
		if _, _, err := k.newestOrg(ctx, org); err != nil {
			return err
		}
	}
	return nil
}
