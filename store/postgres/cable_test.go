package postgres_test

import (
	"io"
	"net"
	"net/url"
	"sync"
	"testing"
)

// cable is what a store and its server are connected by. Cut, it refuses and
// ends connections as a stopped server does; frozen, it takes them and stays
// silent, as one whose network is gone.
type cable struct {
	tb       testing.TB
	server   string
	mu       sync.Mutex
	listener net.Listener
	conns    []net.Conn
	frozen   bool
}

// through gives a cable to the server, and the URL that goes through it.
func through(tb testing.TB, address string) (*cable, string) {
	tb.Helper()
	u, err := url.Parse(address)
	if err != nil {
		tb.Fatalf("parse url: %v", err)
	}
	c := &cable{tb: tb, server: u.Host}
	c.listen("127.0.0.1:0")
	u.Host = c.listener.Addr().String()
	tb.Cleanup(c.cut)
	return c, u.String()
}

func (c *cable) listen(address string) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		c.tb.Fatalf("listen: %v", err)
	}
	c.mu.Lock()
	c.listener, c.frozen = l, false
	c.mu.Unlock()
	go func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			go c.carry(near)
		}
	}()
}

func (c *cable) carry(near net.Conn) {
	far, err := net.Dial("tcp", c.server)
	if err != nil {
		near.Close()
		return
	}
	c.mu.Lock()
	c.conns = append(c.conns, near, far)
	c.mu.Unlock()
	go io.Copy(gate{c, far}, near)
	go io.Copy(gate{c, near}, far)
}

// gate swallows what is written while the cable is frozen.
type gate struct {
	*cable
	net.Conn
}

func (g gate) Write(b []byte) (int, error) {
	g.mu.Lock()
	frozen := g.frozen
	g.mu.Unlock()
	if frozen {
		return len(b), nil
	}
	return g.Conn.Write(b)
}

func (c *cable) freeze() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.frozen = true
}

func (c *cable) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.listener.Close()
	for _, conn := range c.conns {
		conn.Close()
	}
	c.conns = nil
}

func (c *cable) mend() { c.listen(c.listener.Addr().String()) }
