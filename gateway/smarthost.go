package gateway

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"securetext/store"
)

// smarthostsFor is how long the list of smarthosts is remembered: every mail
// from the internet asks for it.
const smarthostsFor = 5 * time.Second

// smarthostCache remembers the smarthosts. The zero smarthostCache is empty and
// ready.
type smarthostCache struct {
	mu    sync.Mutex
	known []store.Smarthost
	until time.Time
}

func (c *smarthostCache) list(ctx context.Context, v store.Verdicts, now time.Time) ([]store.Smarthost, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now.Before(c.until) {
		return c.known, nil
	}
	list, err := v.Smarthosts(ctx)
	if err != nil {
		return nil, fmt.Errorf("find smarthosts: %w", err)
	}
	c.known, c.until = list, now.Add(smarthostsFor)
	return list, nil
}

// client is what a mail system can be known by.
type client struct {
	addr netip.Addr
	cert string // SHA-256 of its certificate, in hex; empty: it has none
}

// certOf is the hash of the certificate that the client proved to have the key
// of. Nobody looks who signed it: it is known or it is not.
func certOf(state tls.ConnectionState) string {
	if len(state.PeerCertificates) == 0 {
		return ""
	}
	sum := sha256.Sum256(state.PeerCertificates[0].Raw)
	return hex.EncodeToString(sum[:])
}

// is reports whether the client is that smarthost.
func (c client) is(h store.Smarthost) bool {
	return c.cert != "" && slices.Contains(h.Certs, c.cert) ||
		c.addr.IsValid() && slices.ContainsFunc(h.Networks, func(p netip.Prefix) bool { return p.Contains(c.addr) })
}

// smarthosts are all that the client may be: the mail systems of large providers
// hand in the mail of many orgs, which only the author tells apart.
func (in *Intake) smarthosts(ctx context.Context, c client) ([]store.Smarthost, error) {
	all, err := in.hosts.list(ctx, in.Verdicts, in.Now())
	var found []store.Smarthost
	for _, h := range all {
		if c.is(h) {
			found = append(found, h)
		}
	}
	return found, err
}

// hostFor is the one of hosts that hands in mail of that domain.
func hostFor(hosts []store.Smarthost, domain string) (store.Smarthost, bool) {
	i := slices.IndexFunc(hosts, func(h store.Smarthost) bool {
		return slices.ContainsFunc(h.Domains, func(d string) bool { return strings.EqualFold(d, domain) })
	})
	if i < 0 {
		return store.Smarthost{}, false
	}
	return hosts[i], true
}

// commonOrg is the org that all of hosts are of; empty: there is none.
func commonOrg(hosts []store.Smarthost) store.OrgID {
	if len(hosts) == 0 || slices.ContainsFunc(hosts, func(h store.Smarthost) bool { return h.Org != hosts[0].Org }) {
		return ""
	}
	return hosts[0].Org
}
