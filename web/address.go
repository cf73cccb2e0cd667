package web

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"
)

// ClientAddr returns what tells who sent a request, for the audit log: the other
// end of the connection or, if that is one of the proxies, whom it says it
// speaks for (S17). A proxy appends whom it heard, so the list in
// X-Forwarded-For is read from its end, as far as trusted ones wrote it.
func ClientAddr(proxies []netip.Prefix) func(*http.Request) netip.Addr {
	trusted := func(addr netip.Addr) bool {
		return slices.ContainsFunc(proxies, func(p netip.Prefix) bool { return p.Contains(addr) })
	}
	return func(r *http.Request) netip.Addr {
		addr := parseAddr(r.RemoteAddr)
		if !trusted(addr) {
			return addr
		}
		said := strings.Split(strings.Join(r.Header.Values(echo.HeaderXForwardedFor), ","), ",")
		for i := len(said) - 1; i >= 0 && trusted(addr); i-- {
			before := parseAddr(said[i])
			if !before.IsValid() {
				break
			}
			addr = before
		}
		return addr
	}
}

// parseAddr reads an address with or without a port; the zero one is none.
func parseAddr(text string) netip.Addr {
	text = strings.TrimSpace(text)
	if at, err := netip.ParseAddrPort(text); err == nil {
		return at.Addr().Unmap().WithZone("")
	}
	addr, _ := netip.ParseAddr(strings.Trim(text, "[]"))
	return addr.Unmap().WithZone("")
}
