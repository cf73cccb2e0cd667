package pickup

import (
	"context"
	"errors"
	"sync"
	"time"

	"securetext/store"
)

// What patients send is in memory until it is stored, so only so many send files
// at once, and no one of them keeps all others out.
const (
	mostUploads = 4
	mostOfOne   = 2
	uploadWait  = 5 * time.Second  // for others to end
	uploadTime  = 10 * time.Minute // for a slow line
)

var errManyUploads = errors.New("too many files are being sent")

// uploads lets patients send files, so many at once. Safe for concurrent use.
type uploads struct {
	slots chan struct{}

	mu  sync.Mutex
	who map[store.RecipientID]int
}

func newUploads() *uploads {
	return &uploads{slots: make(chan struct{}, mostUploads), who: map[store.RecipientID]int{}}
}

// enter waits a little for a place, which leave gives back. There may be none:
// errManyUploads.
func (u *uploads) enter(ctx context.Context, id store.RecipientID) (leave func(), err error) {
	if !u.count(id) {
		return func() {}, errManyUploads
	}
	ctx, cancel := context.WithTimeout(ctx, uploadWait)
	defer cancel()
	select {
	case u.slots <- struct{}{}:
		return func() { <-u.slots; u.forget(id) }, nil
	case <-ctx.Done():
		u.forget(id)
		return func() {}, errManyUploads
	}
}

func (u *uploads) count(id store.RecipientID) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.who[id] == mostOfOne {
		return false
	}
	u.who[id]++
	return true
}

func (u *uploads) forget(id store.RecipientID) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.who[id]--; u.who[id] == 0 {
		delete(u.who, id)
	}
}
