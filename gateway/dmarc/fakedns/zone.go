// Package fakedns stands in for DNS in tests: records in memory, servers that
// fail or never answer on demand, and keys that sign mail.
//
// A [Zone] answers as a resolver of the net package does, with the same
// errors, and asks nobody. It is for tests alone.
package fakedns

import (
	"context"
	"net"
	"slices"
	"strings"
	"sync"
)

// maxAliases is how many CNAMEs are followed, as a recursive server would.
const maxAliases = 8

// Zone holds records. Names are read in any case, with or without a final
// dot. It is safe for use by several goroutines.
type Zone struct {
	mu      sync.Mutex
	txt     map[string][]string
	mx      map[string][]*net.MX
	addrs   map[string][]net.IPAddr
	names   map[string][]string
	aliases map[string]string
	trouble map[string]trouble
	asked   []string
}

// trouble is what happens to whoever asks for a name.
type trouble int

const (
	fails trouble = 1 + iota
	hangs
)

// New is a zone without records: every name is unknown.
func New() *Zone {
	return &Zone{
		txt:     map[string][]string{},
		mx:      map[string][]*net.MX{},
		addrs:   map[string][]net.IPAddr{},
		names:   map[string][]string{},
		aliases: map[string]string{},
		trouble: map[string]trouble{},
	}
}

// TXT adds text records.
func (z *Zone) TXT(name string, records ...string) {
	z.mu.Lock()
	defer z.mu.Unlock()
	z.txt[key(name)] = append(z.txt[key(name)], records...)
}

// MX adds mail servers, the first preferred.
func (z *Zone) MX(name string, hosts ...string) {
	z.mu.Lock()
	defer z.mu.Unlock()
	for i, host := range hosts {
		z.mx[key(name)] = append(z.mx[key(name)], &net.MX{Host: host + ".", Pref: uint16(10 * (i + 1))})
	}
}

// Addr adds IPv4 and IPv6 addresses. It panics if one is none.
func (z *Zone) Addr(name string, ips ...string) {
	z.mu.Lock()
	defer z.mu.Unlock()
	for _, s := range ips {
		ip := net.ParseIP(s)
		if ip == nil {
			panic("fakedns: not an IP address: " + s)
		}
		z.addrs[key(name)] = append(z.addrs[key(name)], net.IPAddr{IP: ip})
	}
}

// PTR adds the names of an address.
func (z *Zone) PTR(ip string, names ...string) {
	z.mu.Lock()
	defer z.mu.Unlock()
	for _, name := range names {
		z.names[key(ip)] = append(z.names[key(ip)], name+".")
	}
}

// CNAME makes name an alias of target. A loop of aliases fails as servers do
// that run into one.
func (z *Zone) CNAME(name, target string) {
	z.mu.Lock()
	defer z.mu.Unlock()
	z.aliases[key(name)] = key(target)
}

// Fail makes every lookup of names a temporary failure.
func (z *Zone) Fail(names ...string) { z.upset(fails, names) }

// Hang makes every lookup of names wait until its context ends.
func (z *Zone) Hang(names ...string) { z.upset(hangs, names) }

// Mend ends what Fail and Hang began.
func (z *Zone) Mend(names ...string) { z.upset(0, names) }

func (z *Zone) upset(how trouble, names []string) {
	z.mu.Lock()
	defer z.mu.Unlock()
	for _, name := range names {
		z.trouble[key(name)] = how
	}
}

// Lookups is how many lookups there were.
func (z *Zone) Lookups() int {
	z.mu.Lock()
	defer z.mu.Unlock()
	return len(z.asked)
}

// Asked is how many lookups there were of name, of whatever type.
func (z *Zone) Asked(name string) int {
	z.mu.Lock()
	defer z.mu.Unlock()
	n := 0
	for _, asked := range z.asked {
		if key(asked) == key(name) {
			n++
		}
	}
	return n
}

// Questions are the names asked for, in order and just as they were asked.
func (z *Zone) Questions() []string {
	z.mu.Lock()
	defer z.mu.Unlock()
	return slices.Clone(z.asked)
}

// LookupTXT is that of [net.Resolver].
func (z *Zone) LookupTXT(ctx context.Context, name string) ([]string, error) {
	return look(ctx, z, z.txt, name)
}

// LookupMX is that of [net.Resolver].
func (z *Zone) LookupMX(ctx context.Context, name string) ([]*net.MX, error) {
	return look(ctx, z, z.mx, name)
}

// LookupIPAddr is that of [net.Resolver].
func (z *Zone) LookupIPAddr(ctx context.Context, host string) ([]net.IPAddr, error) {
	return look(ctx, z, z.addrs, host)
}

// LookupAddr is that of [net.Resolver].
func (z *Zone) LookupAddr(ctx context.Context, addr string) ([]string, error) {
	return look(ctx, z, z.names, addr)
}

func look[T any](ctx context.Context, z *Zone, records map[string][]T, name string) ([]T, error) {
	how, found := answer(z, records, name)
	if how == hangs {
		<-ctx.Done()
	}
	switch {
	case ctx.Err() != nil:
		return nil, &net.DNSError{Err: ctx.Err().Error(), Name: name, IsTimeout: true, UnwrapErr: ctx.Err()}
	case how == fails:
		return nil, &net.DNSError{Err: "server misbehaving", Name: name, IsTemporary: true}
	case len(found) == 0:
		return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
	}
	return found, nil
}

func answer[T any](z *Zone, records map[string][]T, name string) (trouble, []T) {
	z.mu.Lock()
	defer z.mu.Unlock()
	z.asked = append(z.asked, name)
	at := key(name)
	for range maxAliases {
		if how := z.trouble[at]; how != 0 {
			return how, nil
		}
		target, alias := z.aliases[at]
		if !alias {
			return 0, slices.Clone(records[at])
		}
		at = target
	}
	return fails, nil
}

func key(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }
