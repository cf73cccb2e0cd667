// Package recent remembers orgs for some seconds.
//
// Every message in and every text out would ask the store for its org. What staff
// change in one is in force within [For]. (Who may send is another matter, and
// never remembered.)
package recent

import (
	"context"
	"sync"
	"time"

	"securetext/store"
)

// For is how old what [Orgs.Find] returns may be.
const For = 5 * time.Second

// Orgs remembers orgs. The zero Orgs is empty and ready. Safe for concurrent use.
type Orgs struct {
	mu    sync.Mutex
	known map[store.OrgID]org
}

type org struct {
	store.Org
	until time.Time
}

// Forget forgets all orgs: the next look is at the directory.
func (o *Orgs) Forget() {
	o.mu.Lock()
	defer o.mu.Unlock()
	clear(o.known)
}

// Directory is what knows the orgs.
type Directory interface {
	Org(ctx context.Context, id store.OrgID) (store.Org, error)
}

// Find finds an org. Its errors are those of the directory.
func (o *Orgs) Find(ctx context.Context, d Directory, id store.OrgID, now time.Time) (store.Org, error) {
	o.mu.Lock()
	k, ok := o.known[id]
	o.mu.Unlock()
	if ok && now.Before(k.until) {
		return k.Org, nil
	}
	found, err := d.Org(ctx, id)
	if err != nil {
		return store.Org{}, err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.known == nil {
		o.known = map[store.OrgID]org{}
	}
	o.known[id] = org{found, now.Add(For)}
	return found, nil
}
