package dmarc

import (
	"cmp"
	"context"
	"net"
	"strings"

	"blitiri.com.ar/go/spf"
)

// checkSPF evaluates the domain of MAIL FROM, or for the null sender that of
// HELO, as DMARC wants it (RFC 7489 section 4.1).
func (c *Check) checkSPF(ctx context.Context, in Input) Identity {
	local, domain := path(in.MailFrom, in.HELO)
	domain, ok := canonical(domain)
	if !ok {
		return Identity{Outcome: OutcomeNone}
	}
	helo, ok := canonical(in.HELO)
	if !ok {
		helo = "unknown"
	}
	dns := c.bounded(cmp.Or(c.MaxLookups, defaultLookups))
	result, _ := spf.CheckHostWithSender(net.IP(in.Client.AsSlice()), helo, local+"@"+domain,
		spf.WithContext(ctx), spf.WithResolver(dns))
	if dns.spent.Load() {
		// The library takes it for a temporary error, which would be tried again
		// for days.
		result = spf.PermError
	} else if ctx.Err() != nil && result != spf.Pass {
		// A ptr term that did not end in time counts as no match.
		result = spf.TempError
	}
	return Identity{Domain: domain, Outcome: Outcome(result)}
}

// path splits a reverse path at its last @. The library splits at the first,
// so a quoted local part that holds one must not reach it; that macros see the
// postmaster in its place can only hurt the sender who did so.
func path(mailFrom, helo string) (local, domain string) {
	const nobody = "postmaster" // RFC 7208 section 2.4
	if mailFrom == "" {
		return nobody, helo
	}
	at := strings.LastIndexByte(mailFrom, '@')
	if at < 0 {
		return nobody, ""
	}
	local, domain = mailFrom[:at], mailFrom[at+1:]
	if local == "" || strings.ContainsAny(local, `@" `) {
		local = nobody
	}
	return local, domain
}
