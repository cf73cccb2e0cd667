package web

import (
	"net/http"
	"net/netip"
	"testing"
)

func TestS17AddressComesFromTheConnectionOrTrustedProxies(t *testing.T) {
	address := ClientAddr([]netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")})
	for _, c := range []struct {
		name, remote string
		said         []string
		want         string
	}{
		{"no proxy", "203.0.113.5:4711", nil, "203.0.113.5"},
		{"a visitor who says so", "203.0.113.5:4711", []string{"198.51.100.1"}, "203.0.113.5"},
		{"a private neighbour who is not listed", "192.168.0.9:1", []string{"198.51.100.1"}, "192.168.0.9"},
		{"loopback is not listed either", "127.0.0.1:1", []string{"198.51.100.1"}, "127.0.0.1"},
		{"one proxy", "10.0.0.1:1", []string{"198.51.100.1"}, "198.51.100.1"},
		{"what the visitor said first", "10.0.0.1:1", []string{"1.2.3.4, 198.51.100.1"}, "198.51.100.1"},
		{"two proxies", "10.0.0.1:1", []string{"198.51.100.1", "10.0.0.2"}, "198.51.100.1"},
		{"nothing but proxies", "10.0.0.1:1", []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
		{"a proxy that says nothing", "10.0.0.1:1", nil, "10.0.0.1"},
		{"nonsense", "10.0.0.1:1", []string{"unknown, 10.0.0.2"}, "10.0.0.2"},
		{"with a port", "10.0.0.1:1", []string{"198.51.100.1:99"}, "198.51.100.1"},
		{"IPv6", "[fd00::1]:1", []string{"[2001:db8::5]"}, "2001:db8::5"},
		{"IPv6 with a port and a zone", "[fd00::1]:1", []string{"[fe80::1%eth0]:9"}, "fe80::1"},
		{"IPv4 in IPv6", "[::ffff:10.0.0.1]:1", []string{"::ffff:198.51.100.1"}, "198.51.100.1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := &http.Request{RemoteAddr: c.remote, Header: http.Header{
				"X-Forwarded-For": c.said, "X-Real-Ip": {"6.6.6.6"}, "Forwarded": {"for=6.6.6.6"}, "True-Client-Ip": {"6.6.6.6"},
			}}
			if got := address(r); got != netip.MustParseAddr(c.want) {
				t.Errorf("got %v, want %s", got, c.want)
			}
		})
	}
}

func FuzzS17Address(f *testing.F) {
	f.Add("10.0.0.1:1", "1.2.3.4, [::1]:5,,")
	f.Add("", "%")
	proxies := netip.MustParsePrefix("10.0.0.0/8")
	address := ClientAddr([]netip.Prefix{proxies})
	f.Fuzz(func(t *testing.T, remote, said string) {
		got := address(&http.Request{RemoteAddr: remote, Header: http.Header{"X-Forwarded-For": {said}}})
		if direct := parseAddr(remote); got != direct && !proxies.Contains(direct) {
			t.Errorf("%q was believed: got %v, want %v", said, got, direct)
		}
	})
}
