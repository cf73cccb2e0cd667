package pickup

import (
	"net/http"
	"net/netip"
	"strings"

	"github.com/labstack/echo/v4"
)

// address is who sent r, for the audit log: the other end of the connection, or
// whom a trusted proxy says it speaks for (S17). A proxy appends whom it heard,
// so the list is read from its end, as far as it was written by ones we trust.
func (s *Site) address(r *http.Request) netip.Addr {
	addr := parseAddr(r.RemoteAddr)
	if !s.trusts(addr) {
		return addr
	}
	said := strings.Split(strings.Join(r.Header.Values(echo.HeaderXForwardedFor), ","), ",")
	for i := len(said) - 1; i >= 0 && s.trusts(addr); i-- {
		before := parseAddr(said[i])
		if !before.IsValid() {
			break
		}
		addr = before
	}
	return addr
}

func (s *Site) trusts(addr netip.Addr) bool {
	for _, p := range s.proxies {
		if p.Contains(addr) {
			return true
		}
	}
	return false
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
