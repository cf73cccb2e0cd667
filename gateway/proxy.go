package gateway

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/pires/go-proxyproto"
)

// proxyWait is how long a balancer may take to say whom it has there.
const proxyWait = 5 * time.Second

var errProxy = errors.New("only version 2 of the PROXY protocol, for TCP")

// fromProxy reports whether a connection comes from a listed balancer.
func (l *listener) fromProxy(raw net.Conn) bool {
	a := addrOf(raw)
	return a.IsValid() && slices.ContainsFunc(l.proxies, func(p netip.Prefix) bool { return p.Contains(a) })
}

// introduce puts the PROXY header before all else that c reads, and has its
// client counted once that is known. The header is waited for in the
// connection's own time: the first word in either direction is in its own
// goroutine.
func (l *listener) introduce(c *conn) {
	proxied := proxyproto.NewConn(c.Conn, proxyproto.WithPolicy(proxyproto.REQUIRE),
		proxyproto.SetReadHeaderTimeout(proxyWait), proxyproto.ValidateHeader(checkHeader))
	c.Conn = proxied
	c.meet = sync.OnceValue(func() error {
		if proxied.ProxyHeader() == nil {
			logNoClient(l.log, c.client.String())
			c.end()
			return io.EOF
		}
		if !l.count(c, addrOf(proxied)) {
			l.turnAway(c)
			return io.EOF
		}
		return nil
	})
}

func checkHeader(h *proxyproto.Header) error {
	if h.Version != 2 || !h.Command.IsLocal() && !h.TransportProtocol.IsStream() {
		return errProxy
	}
	return nil
}

// entrance is the listener as the protocol's server sees it: TLS is outermost.
func (s *SMTP) entrance(l *listener) net.Listener {
	if s.Door == DoorSubmissionTLS {
		return tls.NewListener(l, s.tlsConfig())
	}
	return l
}
