package gateway

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"securetext/gateway/mail"
)

func smallMail(size int64) mail.Limits {
	l := mail.DefaultLimits
	l.Size = size
	return l
}

func TestS28WrongPasswordsAreSlowAndFew(t *testing.T) {
	c := newClinic(t)
	addr, _ := c.serveSMTP(t, func(s *SMTP) { s.Limits.TryDelay = 100 * time.Millisecond })
	d := dialTLS(t, addr)
	for _, want := range []string{"535 5.7.8", "535 5.7.8", "421 4.7.0"} {
		begun := time.Now()
		d.say("AUTH PLAIN "+plain(c.sender.Email, "not-the-pass-word"), want)
		if took := time.Since(begun); took < 100*time.Millisecond {
			t.Errorf("a wrong password was answered after %v", took)
		}
	}
	d.closed()
	d = dialTLS(t, addr)
	d.say("AUTH PLAIN "+plain("nobody@lakeside.example", c.password), "535")
	d.say("AUTH PLAIN "+b64("other@lakeside.example\x00"+c.sender.Email+"\x00"+c.password), "535")
	d.say("AUTH PLAIN "+b64("no zero bytes"), "421")
}

func TestS28TheDefaultDelayIsASecond(t *testing.T) {
	if l := DefaultSMTPLimits; l.TryDelay != time.Second || l.Tries != 3 || l.Recipients != 100 ||
		l.Idle != 5*time.Minute || l.Transaction != 10*time.Minute {
		t.Errorf("the default limits are %+v", l)
	}
}

func TestS28TooManyConnections(t *testing.T) {
	for name, limit := range map[string]func(*SMTPLimits){
		"in all":         func(l *SMTPLimits) { l.Conns = 2 },
		"of an address":  func(l *SMTPLimits) { l.ConnsPerAddr = 2 },
		"of one network": func(l *SMTPLimits) { l.ConnsPerNet = 2 },
	} {
		t.Run(name, func(t *testing.T) {
			c := newClinic(t)
			addr, _ := c.serveSMTP(t, func(s *SMTP) { limit(&s.Limits) })
			first := dial(t, addr)
			dial(t, addr)
			raw, err := net.Dial("tcp", addr)
			must(t, err)
			defer raw.Close()
			b := make([]byte, 3)
			if _, err := raw.Read(b); err != nil || string(b) != "421" {
				t.Errorf("the third connection: got %q, %v, want 421", b, err)
			}
			first.say("QUIT", "221")
			first.closed()
			for range 100 { // until the end of the first is noticed
				if again, err := net.Dial("tcp", addr); err == nil {
					again.Read(b)
					again.Close()
				}
				if string(b) == "220" {
					return
				}
				time.Sleep(10 * time.Millisecond)
			}
			t.Error("a place that was given back is not given out again")
		})
	}
}

func TestS28NetworksAreSlash24AndSlash48(t *testing.T) {
	for addr, want := range map[string]string{
		"192.0.2.77":          "192.0.2.0/24",
		"2001:db8:1:2:3::4":   "2001:db8:1::/48",
		"2001:db8:ffff::ffff": "2001:db8:ffff::/48",
	} {
		a := netip.MustParseAddr(addr)
		if one, network := prefixes(a); network.String() != want || one.Addr() != a || !one.IsSingleIP() {
			t.Errorf("%s counts for %v and %v, want itself and %s", addr, one, network, want)
		}
	}
}

func TestS28IdleAndSlowClientsAreSentAway(t *testing.T) {
	for name, limit := range map[string]func(*SMTPLimits){
		"idle":        func(l *SMTPLimits) { l.Idle = 300 * time.Millisecond },
		"transaction": func(l *SMTPLimits) { l.Transaction = 300 * time.Millisecond },
	} {
		t.Run(name, func(t *testing.T) {
			c := newClinic(t)
			addr, _ := c.serveSMTP(t, func(s *SMTP) { limit(&s.Limits) })
			d := c.dialIn(t, addr)
			d.expect("421")
			d.closed()
			d = c.dialIn(t, addr)
			d.say("MAIL FROM:<reyes@lakeside.example>", "250")
			d.say("RCPT TO:<"+patient+">", "250")
			d.say("DATA", "354")
			d.send("Subject: half\r\n\r\n")
			d.expect("451 4.4.2")
			d.expect("421")
			d.closed()
		})
	}
}

func TestS28TooManyCommands(t *testing.T) {
	c := newClinic(t)
	addr, _ := c.serveSMTP(t, func(s *SMTP) { s.Limits.Replies = 60 })
	d := c.dialIn(t, addr)
	for range 10 { // a mail stored begins a new count
		if got := d.mail(c.sender.Email, patient, simpleMail); !strings.HasPrefix(got, "250") {
			t.Fatalf("got %q", got)
		}
	}
	for range 61 {
		d.send("NOOP\r\n")
	}
	for n := 0; ; n++ {
		if got := d.reply(); strings.HasPrefix(got, "421") {
			d.closed()
			return
		} else if got == "" || n > 61 {
			t.Fatalf("got %q as reply %d", got, n)
		}
	}
}

func TestS28RecipientsOfAMail(t *testing.T) {
	c := newClinic(t)
	addr, _ := c.serveSMTP(t, func(s *SMTP) { s.Limits.Recipients = 2 })
	d := c.dialIn(t, addr)
	d.say("MAIL FROM:<reyes@lakeside.example>", "250")
	d.say("RCPT TO:<"+patient+">", "250")
	d.say("RCPT TO:<2114367780@secure.text>", "250")
	d.say("RCPT TO:<2114367781@secure.text>", "452")
}

func TestRunTellsWhenItsListenerFails(t *testing.T) {
	c := newClinic(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	l.Close()
	s := &SMTP{Intake: c.Intake, Log: c.Log}
	if err := s.Run(context.Background(), l); err == nil {
		t.Error("Run on a closed listener gives no error")
	}
}
