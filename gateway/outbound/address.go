// Package outbound is what requests to servers of other people have in common:
// they are signed, as what comes back from there is, and they reach public
// addresses only.
//
// A name is no proof of where it leads, so [PublicOnly] looks at the address that a
// connection is about to be made to: whoever may write a URL must not reach this
// machine by it, or the network that it stands in.
package outbound

import (
	"errors"
	"net/netip"
	"slices"
	"syscall"
)

// ErrPrivate is the error of [PublicOnly].
var ErrPrivate = errors.New("not a public address")

// PublicOnly is for the Control of a [net.Dialer]: with it, an address that is not
// public is [ErrPrivate] and no connection is made.
func PublicOnly(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil || !IsPublic(at.Addr()) {
		return ErrPrivate
	}
	return nil
}

// IsPublic reports whether an address is one of the internet at large.
func IsPublic(a netip.Addr) bool {
	a = a.Unmap()
	if translated.Contains(a) {
		b := a.As16()
		a = netip.AddrFrom4([4]byte(b[12:]))
	}
	if a.Is6() && !unicast6.Contains(a) {
		return false // this machine, the link, the site, many at once, or with a zone
	}
	return a.IsValid() && !slices.ContainsFunc(special, func(p netip.Prefix) bool { return p.Contains(a) })
}

var (
	// unicast6 is all that was ever given to anybody in IPv6.
	unicast6 = netip.MustParsePrefix("2000::/3")
	// translated are IPv4 addresses as a network of IPv6 alone sees them (RFC 6052).
	translated = netip.MustParsePrefix("64:ff9b::/96")
)

// special are the addresses of IANA's registries for special purposes.
var special = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),       // this machine
	netip.MustParsePrefix("10.0.0.0/8"),      // private
	netip.MustParsePrefix("100.64.0.0/10"),   // within providers (RFC 6598)
	netip.MustParsePrefix("127.0.0.0/8"),     // this machine
	netip.MustParsePrefix("169.254.0.0/16"),  // this link, and what clouds tell their machines
	netip.MustParsePrefix("172.16.0.0/12"),   // private
	netip.MustParsePrefix("192.0.0.0/24"),    // protocols
	netip.MustParsePrefix("192.0.2.0/24"),    // documentation
	netip.MustParsePrefix("192.88.99.0/24"),  // 6to4 relays
	netip.MustParsePrefix("192.168.0.0/16"),  // private
	netip.MustParsePrefix("198.18.0.0/15"),   // benchmarks
	netip.MustParsePrefix("198.51.100.0/24"), // documentation
	netip.MustParsePrefix("203.0.113.0/24"),  // documentation
	netip.MustParsePrefix("224.0.0.0/3"),     // many at once, reserved, everybody
	netip.MustParsePrefix("2001::/23"),       // protocols, with Teredo, which holds IPv4
	netip.MustParsePrefix("2001:db8::/32"),   // documentation
	netip.MustParsePrefix("2002::/16"),       // 6to4, which holds IPv4
	netip.MustParsePrefix("3fff::/20"),       // documentation
}
