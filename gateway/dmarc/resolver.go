package dmarc

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync/atomic"
)

// Resolver asks DNS. [*net.Resolver] is one. Errors must be [*net.DNSError],
// telling names that do not exist from servers that do not answer; any other
// counts as the latter. Names are given with a final dot, so that no search
// list of the machine applies.
type Resolver interface {
	LookupTXT(ctx context.Context, name string) ([]string, error)
	LookupMX(ctx context.Context, name string) ([]*net.MX, error)
	LookupIPAddr(ctx context.Context, host string) ([]net.IPAddr, error)
	LookupAddr(ctx context.Context, addr string) ([]string, error)
}

// maxTXT is the longest TXT record read, in bytes: six times a 4096 bit key.
// An answer with more than maxTXTs records is not read either.
const (
	maxTXT  = 4096
	maxTXTs = 100
)

var (
	errTemporary = errors.New("dns does not answer")
	errTooLarge  = errors.New("dns answer too large")
	errSpent     = errors.New("too many dns lookups")
)

// bounded is a Resolver for one method and one mail. It answers no more than
// left lookups, and gives only errors that the libraries tell apart: a
// *net.DNSError, not wrapped, that is temporary, not found, or neither, which
// is permanent.
type bounded struct {
	dns   Resolver
	left  atomic.Int64
	spent atomic.Bool
}

func (c *Check) bounded(lookups int) *bounded {
	b := &bounded{dns: c.Resolver}
	b.left.Store(int64(lookups))
	return b
}

// LookupTXT implements [Resolver].
func (b *bounded) LookupTXT(ctx context.Context, name string) ([]string, error) {
	txts, err := ask(ctx, b, name, b.dns.LookupTXT)
	if err != nil {
		return nil, err
	}
	if len(txts) > maxTXTs {
		return nil, permanent(errTooLarge)
	}
	for _, txt := range txts {
		if len(txt) > maxTXT {
			return nil, permanent(errTooLarge)
		}
	}
	return txts, nil
}

// LookupMX implements [Resolver].
func (b *bounded) LookupMX(ctx context.Context, name string) ([]*net.MX, error) {
	return ask(ctx, b, name, b.dns.LookupMX)
}

// LookupIPAddr implements [Resolver].
func (b *bounded) LookupIPAddr(ctx context.Context, host string) ([]net.IPAddr, error) {
	return ask(ctx, b, host, b.dns.LookupIPAddr)
}

// LookupAddr implements [Resolver].
func (b *bounded) LookupAddr(ctx context.Context, addr string) ([]string, error) {
	if err := b.take(); err != nil {
		return nil, err
	}
	names, err := b.dns.LookupAddr(ctx, addr)
	return names, plain(err)
}

func ask[T any](ctx context.Context, b *bounded, name string, lookup func(context.Context, string) ([]T, error)) ([]T, error) {
	name = strings.TrimSuffix(name, ".")
	if !isName(name) {
		return nil, &net.DNSError{Err: "no such name", IsNotFound: true}
	}
	if err := b.take(); err != nil {
		return nil, err
	}
	found, err := lookup(ctx, name+".")
	return found, plain(err)
}

func (b *bounded) take() error {
	if b.left.Add(-1) < 0 {
		b.spent.Store(true)
		return permanent(errSpent)
	}
	return nil
}

func permanent(why error) error { return &net.DNSError{Err: why.Error(), UnwrapErr: why} }

// plain drops from a resolver's error all but the kind: the rest names servers
// and, through SPF macros, may hold the sender's address.
func plain(err error) error {
	var dns *net.DNSError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &dns) && dns.IsNotFound && !dns.Temporary():
		return &net.DNSError{Err: "no such name", IsNotFound: true}
	}
	return &net.DNSError{Err: errTemporary.Error(), IsTemporary: true, UnwrapErr: errTemporary}
}

func isNotFound(err error) bool {
	var dns *net.DNSError
	return errors.As(err, &dns) && dns.IsNotFound
}

// reason is the sentinel in an error of bounded.
func reason(err error) error {
	for _, why := range []error{errTooLarge, errSpent} {
		if errors.Is(err, why) {
			return why
		}
	}
	return errTemporary
}
