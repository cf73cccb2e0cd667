package gateway

import (
	"bytes"
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"
)

// conn is a client's connection as it is below TLS. It keeps the limits that
// the protocol library does not: idle time and a stretch's end at every read,
// replies a stretch, and no word in the clear once TLS was to begin (S27, S28).
//
// To end a connection it fails the next read: with a timeout, to which the
// library answers 421 before it closes, or with EOF, at which it just closes.
type conn struct {
	net.Conn
	limits SMTPLimits
	closed func(*conn)
	client netip.Addr     // zero: it comes by a Unix socket
	places []netip.Prefix // that it is counted for
	meet   func() error   // learns who is behind a balancer; nil: nobody is

	mu      sync.Mutex
	active  time.Time // when the client, or we, last said something
	until   time.Time // the end of the stretch: from one mail to the next
	replies int       // lines in this stretch
	busy    bool      // a mail is being taken in: not to be cut off
	ending  bool      // we are shutting down
	over    bool      // too much was asked: say 421
	ended   bool      // nothing more is read
	stall   bool      // reads return after [stallProbe] of silence
	drain   int64     // bytes still read when draining
	state   upgrade
	tries   int // wrong passwords
}

// upgrade is how far a connection got towards TLS.
type upgrade int

const (
	ungreeted upgrade = iota
	inClear
	inTLS
)

// stallProbe is the silence after which what came so far of a mail is looked at.
const stallProbe = time.Second

func newConn(c net.Conn, limits SMTPLimits, closed func(*conn)) *conn {
	now := time.Now()
	return &conn{
		Conn: c, limits: limits, closed: closed, client: addrOf(c),
		active: now, until: now.Add(limits.Transaction),
	}
}

// Read implements [net.Conn].
func (c *conn) Read(b []byte) (int, error) {
	if err := c.met(); err != nil {
		return 0, err
	}
	if err := c.readable(); err != nil {
		return 0, err
	}
	n, err := c.Conn.Read(b)
	c.mu.Lock()
	defer c.mu.Unlock()
	if n > 0 {
		c.active = time.Now()
	}
	if c.drain > 0 {
		if c.drain -= int64(n); c.drain <= 0 {
			c.ended = true
		}
	}
	return n, err
}

// met comes before the first word in either direction.
func (c *conn) met() error {
	if c.meet == nil {
		return nil
	}
	return c.meet()
}

// readable sets the deadline for the next read, or says why there is none.
func (c *conn) readable() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.ended:
		return io.EOF
	case c.over || c.ending && !c.busy:
		return os.ErrDeadlineExceeded
	}
	deadline := c.deadline()
	if c.stall {
		deadline = earlier(deadline, time.Now().Add(stallProbe))
	}
	return c.Conn.SetReadDeadline(deadline)
}

func (c *conn) deadline() time.Time { return earlier(c.active.Add(c.limits.Idle), c.until) }

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// Write implements [net.Conn].
func (c *conn) Write(b []byte) (int, error) {
	if err := c.met(); err != nil {
		return 0, err
	}
	if err := c.writable(b); err != nil {
		return 0, err
	}
	n, err := c.Conn.Write(b)
	if err != nil {
		c.end()
	}
	return n, err
}

// writable counts a reply. The library answers a failed handshake in the clear
// and goes on; here that is the end. After the greeting, the only 220 there is
// is the word to start TLS, and from then on all we say is TLS records.
func (c *conn) writable(b []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	const firstRecord, lastRecord = 20, 24 // RFC 8446, section 5.1, and heartbeat
	c.active = time.Now()
	if c.replies++; c.replies > c.limits.Replies {
		c.over = true
	}
	switch {
	case c.state == ungreeted:
		c.state = inClear
	case c.state == inClear && bytes.HasPrefix(b, []byte("220 ")):
		c.state = inTLS
	case c.state == inTLS && (b[0] < firstRecord || b[0] > lastRecord):
		c.ended = true
		return errPlaintext
	}
	return nil
}

// Close implements [net.Conn].
func (c *conn) Close() error {
	err := c.Conn.Close()
	c.closed(c)
	return err
}

// end lets the reply in hand go out, if any, and reads nothing more.
func (c *conn) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = true
}

// endAfter reads at most so many bytes more, for so long: what is left of a mail
// that is refused, so that the client comes to read why.
func (c *conn) endAfter(bytes int64, wait time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drain, c.over = bytes, false
	c.until = earlier(c.until, time.Now().Add(wait))
}

// shutDown ends the connection with 421, at once or after the mail in hand.
func (c *conn) shutDown() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ending = true
	if !c.busy {
		c.Conn.SetReadDeadline(time.Unix(1, 0))
	}
}

// begin marks the start of a mail's transaction.
func (c *conn) begin() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.until, c.drain = time.Now().Add(c.limits.Transaction), 0
}

// stored marks the end of one: the next stretch begins.
func (c *conn) stored() {
	c.begin()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.replies = 0
}

// take marks a mail as being taken in; it reports false when we shut down.
func (c *conn) take(stall bool) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ending {
		return false
	}
	c.busy, c.stall = true, stall
	return true
}

// taken marks it as taken or refused.
func (c *conn) taken() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy, c.stall = false, false
}

// late reports whether the client ran out of time.
func (c *conn) late() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.over || !time.Now().Before(c.deadline())
}

// failed counts a wrong password, and says how many there were.
func (c *conn) failed() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tries++
	return c.tries
}

func (c *conn) failures() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.tries
}
