package gateway

import (
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
	metrics *Metrics
	log     *slog.Logger

	mu     sync.Mutex
	conns  map[*conn]struct{}
	counts map[netip.Prefix]int
	ending bool
}

func newListener(l net.Listener, limits SMTPLimits, m *Metrics, log *slog.Logger) *listener {
	return &listener{
		Listener: l, limits: limits, metrics: m, log: log,
		conns: map[*conn]struct{}{}, counts: map[netip.Prefix]int{},
	}
}

// Accept implements [net.Listener].
func (l *listener) Accept() (net.Conn, error) {
	for {
		raw, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if c := l.admit(raw); c != nil {
			return c, nil
		}
		logTurnedAway(l.log, addrOf(raw).String())
		l.metrics.refused(ViaSMTP, errBusy.Code)
		raw.SetWriteDeadline(time.Now().Add(time.Second))
		raw.Write([]byte("421 4.7.0 Too many connections, try again later\r\n"))
		raw.Close()
	}
}

// admit returns nil for a connection too many.
func (l *listener) admit(raw net.Conn) *conn {
	addr, network := prefixes(addrOf(raw))
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ending || len(l.conns) >= l.limits.Conns ||
		l.counts[addr] >= l.limits.ConnsPerAddr || l.counts[network] >= l.limits.ConnsPerNet {
		return nil
	}
	c := newConn(raw, l.limits, l.forget)
	l.conns[c] = struct{}{}
	l.counts[addr]++
	l.counts[network]++
	l.metrics.conns.Inc()
	return c
}

func (l *listener) forget(c *conn) {
	addr, network := prefixes(addrOf(c))
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, open := l.conns[c]; !open {
		return
	}
	delete(l.conns, c)
	for _, p := range []netip.Prefix{addr, network} {
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
