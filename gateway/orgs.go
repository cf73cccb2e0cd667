package gateway

import (
	"context"
	"sync"
	"time"

	"securetext/store"
)

// orgFor is how long an org is remembered: every message would ask for it, and
// what staff change in it is in force within seconds. (Who may send is another
// matter: see [SMTP] and [API].)
const orgFor = 5 * time.Second

// orgCache remembers orgs. The zero orgCache is empty and ready.
type orgCache struct {
	mu    sync.Mutex
	known map[store.OrgID]knownOrg
}

type knownOrg struct {
	org   store.Org
	until time.Time
}

func (c *orgCache) find(ctx context.Context, d store.Directory, id store.OrgID, now time.Time) (store.Org, error) {
	c.mu.Lock()
	k, ok := c.known[id]
	c.mu.Unlock()
	if ok && now.Before(k.until) {
		return k.org, nil
	}
	org, err := d.Org(ctx, id)
	if err != nil {
		return store.Org{}, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known == nil {
		c.known = map[store.OrgID]knownOrg{}
	}
	c.known[id] = knownOrg{org, now.Add(orgFor)}
	return org, nil
}
