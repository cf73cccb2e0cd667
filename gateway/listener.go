package gateway

import (
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"
)

// listener turns away who would be one too many, and knows all connections, so
// that they can be ended (S28).
type listener struct {
	net.Listener
	limits  SMTPLimits
	proxies []netip.Prefix
	door    Door
	metrics *Metrics
	log     *slog.Logger

	mu     sync.Mutex
	conns  map[*conn]struct{}
	counts map[netip.Prefix]int
	ending bool
}

func newListener(l net.Listener, s *SMTP) *listener {
	return &listener{
		Listener: l, limits: s.limits(), proxies: s.ProxyFrom, door: s.Door, metrics: s.Intake.Metrics, log: s.Log,
		conns: map[*conn]struct{}{}, counts: map[netip.Prefix]int{},
	}
}

// Accept implements [net.Listener]. Who is behind a balancer is only known once
// that has said so: see proxy.go.
func (l *listener) Accept() (net.Conn, error) {
	for {
		raw, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		c := newConn(raw, l.limits, l.forget)
		if l.door == DoorSubmissionTLS {
			c.state = inTLS
		}
		switch {
		case !l.admit(c):
		case l.fromProxy(raw):
			l.introduce(c)
			return c, nil
		case l.count(c, addrOf(raw)):
			return c, nil
		}
		l.turnAway(c)
	}
}

// turnAway ends a connection that is one too many.
func (l *listener) turnAway(c *conn) {
	logTurnedAway(l.log, c.client.String())
	l.metrics.refused(l.door.via(), errBusy.Code, reasonBusy)
	if l.door != DoorSubmissionTLS {
		c.Conn.SetWriteDeadline(time.Now().Add(time.Second))
		fmt.Fprintf(c.Conn, "421 4.7.0 %s\r\n", errBusy.Message)
	}
	c.end()
	c.Close()
}

// admit gives a connection its place among all.
func (l *listener) admit(c *conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ending || len(l.conns) >= l.limits.Conns {
		return false
	}
	l.conns[c] = struct{}{}
	l.metrics.conns.Inc()
	return true
}

// count gives it its place among those of its address and network. Who comes by
// a Unix socket has neither.
func (l *listener) count(c *conn, a netip.Addr) bool {
	c.client = a
	if !a.IsValid() {
		return true
	}
	addr, network := prefixes(a)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.counts[addr] >= l.limits.ConnsPerAddr || l.counts[network] >= l.limits.ConnsPerNet {
		return false
	}
	c.places = []netip.Prefix{addr, network}
	for _, p := range c.places {
		l.counts[p]++
	}
	return true
}

func (l *listener) forget(c *conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, open := l.conns[c]; !open {
		return
	}
	delete(l.conns, c)
	for _, p := range c.places {
		if l.counts[p]--; l.counts[p] == 0 {
			delete(l.counts, p)
		}
	}
	l.metrics.conns.Dec()
}

// drain ends all connections that are idle, and the others once they are.
func (l *listener) drain() {
	for _, c := range l.all() {
		c.shutDown()
	}
}

// cut closes all connections, whatever they are at.
func (l *listener) cut() {
	for _, c := range l.all() {
		c.end()
		c.Close()
	}
}

// all is the open connections; from now on there are no new ones.
func (l *listener) all() []*conn {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ending = true
	list := make([]*conn, 0, len(l.conns))
	for c := range l.conns {
		list = append(list, c)
	}
	return list
}

func addrOf(c net.Conn) netip.Addr {
	if a, ok := c.RemoteAddr().(*net.TCPAddr); ok {
		return a.AddrPort().Addr().Unmap()
	}
	return netip.Addr{}
}

// prefixes is the address alone, and the network that one party is likely to
// own. They differ in length, so one map counts both.
func prefixes(a netip.Addr) (addr, network netip.Prefix) {
	bits := 48
	if a.Is4() {
		bits = 24
	}
	addr, _ = a.Prefix(a.BitLen())
	network, _ = a.Prefix(bits)
	return addr, network
}
