package gateway

import (
	"bufio"
	"crypto/tls"
	"encoding/base64"
	"net"
	"strings"
	"testing"
	"time"
)

// dialogue is a client that says what it is told, right or wrong.
type dialogue struct {
	testing.TB
	net.Conn
	r *bufio.Reader
}

// dial connects and reads the greeting.
func dial(tb testing.TB, addr string) *dialogue {
	tb.Helper()
	c, err := net.Dial("tcp", addr)
	must(tb, err)
	tb.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(20 * time.Second))
	d := &dialogue{tb, c, bufio.NewReader(c)}
	d.expect("220 mx.secure.text")
	return d
}

// dialTLS starts TLS as well.
func dialTLS(tb testing.TB, addr string) *dialogue {
	tb.Helper()
	d := dial(tb, addr)
	d.say("EHLO test", "250")
	d.say("STARTTLS", "220")
	d.upgrade()
	d.say("EHLO test", "250")
	return d
}

// dialIn signs in as well.
func (c *clinic) dialIn(tb testing.TB, addr string) *dialogue {
	tb.Helper()
	d := dialTLS(tb, addr)
	d.say("AUTH PLAIN "+plain(c.sender.Email, c.password), "235")
	return d
}

func (d *dialogue) upgrade() {
	d.Helper()
	t := tls.Client(d.Conn, &tls.Config{InsecureSkipVerify: true})
	must(d, t.Handshake())
	d.Conn, d.r = t, bufio.NewReader(t)
}

// say sends a line and expects a reply that begins so.
func (d *dialogue) say(line, want string) string {
	d.Helper()
	d.send(line + "\r\n")
	return d.expect(want)
}

func (d *dialogue) send(s string) {
	d.Helper()
	_, err := d.Write([]byte(s))
	must(d, err)
}

// expect reads a reply, all its lines, and returns the last one.
func (d *dialogue) expect(want string) string {
	d.Helper()
	got := d.reply()
	if !strings.HasPrefix(got, want) {
		d.Fatalf("got reply %q, want %q", got, want)
	}
	return got
}

// reply is "" once the connection is closed.
func (d *dialogue) reply() string {
	for {
		line, err := d.r.ReadString('\n')
		if err != nil || len(line) < 4 || line[3] != '-' {
			return strings.TrimRight(line, "\r\n")
		}
	}
}

// closed expects that nothing more comes.
func (d *dialogue) closed() {
	d.Helper()
	if rest := d.reply(); rest != "" {
		d.Errorf("got %q from a connection that was to be closed", rest)
	}
	if _, err := d.r.ReadByte(); err == nil {
		d.Error("the connection is still open")
	} else if n, ok := err.(net.Error); ok && n.Timeout() {
		d.Error("the connection is still open")
	}
}

// mail sends a whole mail and returns the reply to its end.
func (d *dialogue) mail(from, to, data string) string {
	d.Helper()
	d.say("MAIL FROM:<"+from+">", "250")
	d.say("RCPT TO:<"+to+">", "250")
	d.say("DATA", "354")
	d.send(data + "\r\n.\r\n")
	return d.reply()
}

func plain(name, password string) string {
	return base64.StdEncoding.EncodeToString([]byte("\x00" + name + "\x00" + password))
}

func b64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

const simpleMail = "From: \"Dr Ana Reyes\" <reyes@lakeside.example>\r\nSubject: Your result\r\n\r\nIt is negative.\r\n.. and a dot"
