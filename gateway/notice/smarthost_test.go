package notice

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
)

// Whatever keeps the smarthost from listening to us holds back all mails, loses
// none, and calls for the operator once.
func TestWithoutASmarthostMailsWait(t *testing.T) {
	refusal := &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: "go away"}
	plain := func(s *smtp.Server) { s.TLSConfig = nil }
	r := newRig(t, nil)
	for name, c := range map[string]struct {
		code   string
		change func(*SmarthostConfig)
		script func(*peer)
		server func(*smtp.Server)
	}{
		"no TLS":           {code: "smtp_no_tls", server: plain},
		"a strange name":   {code: "smtp_certificate", change: func(c *SmarthostConfig) { c.TLS = nil }},
		"a wrong password": {code: "smtp_535_5.7.8", change: func(c *SmarthostConfig) { c.Password = "wrong-" + password }},
		"no sign-in":       {code: "smtp_no_sign_in", script: func(p *peer) { p.mechanisms = []string{"XOAUTH2"} }},
		"nobody signed in": {code: "smtp_502_5.7.0", change: func(c *SmarthostConfig) { c.User = "" }},
		"refused at MAIL":  {code: "smtp_554_5.7.1", script: func(p *peer) { p.on("mail", -1, refusal) }},
		"closing":          {code: "smtp_421_4.0.0", script: func(p *peer) { p.on("rcpt", -1, &smtp.SMTPError{Code: 421, Message: "bye"}) }},
		"hangs up":         {code: "smtp_broken_off", script: func(p *peer) { p.on("mail", -1, errHangUp) }},
		"nobody listens":   {code: "smtp_unreached", change: func(c *SmarthostConfig) { c.Addr = closedPort(t) }},
	} {
		t.Run(name, func(t *testing.T) {
			var server []func(*smtp.Server)
			if c.server != nil {
				server = append(server, c.server)
			}
			r.peer, r.log = newPeer(t, server...), &logBook{}
			if c.script != nil {
				c.script(r.peer)
			}
			var bad Sender = r.smarthost(t)
			if c.change != nil {
				bad = r.smarthost(t, c.change)
			}
			ids := r.accepted(t, 8)
			stop := r.run(t, func(c *Config) { c.Sender, c.Concurrency = bad, 1 })
			wait(t, "the hold", func() bool { return strings.Contains(r.log.String(), "level=ERROR") })
			began := r.now()
			r.pass(t, time.Minute, "more tries", func() bool { return r.now().Sub(began) > 10*time.Minute })
			stop()
			log := r.log.String()
			if strings.Count(log, "level=ERROR") != 1 || !strings.Contains(log, "code="+c.code+"\n") {
				t.Errorf("want one error with code %s: %s", c.code, log)
			}
			if strings.Contains(log, password) || strings.Contains(log, "127.0.0.1") {
				t.Error("the log shows more than the code")
			}
			for _, id := range ids {
				if got := r.outcome(t, id); got != "" {
					t.Errorf("outcome %q, want none yet", got)
				}
			}
			if n := len(r.peer.mails()); n != 0 {
				t.Errorf("%d mails", n)
			}
		})
	}
}

func TestMailsFlowAgainWhenTheSmarthostIsBack(t *testing.T) {
	r := newRig(t, newPeer(t))
	r.peer.on("auth", -1, &smtp.SMTPError{Code: 454, EnhancedCode: smtp.EnhancedCode{4, 7, 0}, Message: "later"})
	ids := r.accepted(t, 8)
	r.run(t)
	wait(t, "the hold", func() bool { return strings.Count(r.log.String(), "notice put off") == len(ids) })
	for range 5 {
		connections, tries := r.peer.connections(), strings.Count(r.log.String(), "code=smtp_454")
		r.forward(15 * time.Minute)
		wait(t, "another try", func() bool { return strings.Count(r.log.String(), "code=smtp_454") > tries })
		time.Sleep(15 * time.Millisecond)
		if n := r.peer.connections() - connections; n > 1 {
			t.Errorf("%d connections after a pause, want 1", n)
		}
	}
	r.peer.mend()
	for _, id := range ids {
		r.pass(t, 5*time.Minute, "the mail", func() bool { return r.outcome(t, id) == "sent" })
	}
	if n := len(r.peer.mails()); n != len(ids) || !strings.Contains(r.log.String(), "takes mails again") {
		t.Errorf("%d mails of %d; the log: %s", n, len(ids), r.log.String())
	}
}

func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func TestSignsInByLoginWhereThatIsAll(t *testing.T) {
	p := newPeer(t)
	p.mechanisms = []string{"LOGIN"}
	r := newRig(t, p)
	id := r.accepted(t, 1)[0]
	r.run(t)
	r.until(t, "sent", id)
}

func TestTLSFromTheStart(t *testing.T) {
	p := newPeer(t)
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: p.certificates})
	if err != nil {
		t.Fatal(err)
	}
	secure := smtp.NewServer(p)
	go secure.Serve(l)
	t.Cleanup(func() { secure.Close() })
	s := newRig(t, p).smarthost(t, func(c *SmarthostConfig) { c.Addr = "127.0.0.1:465" })
	s.addr = l.Addr().String()
	if err := s.Send(t.Context(), "reyes@lakeside.example", []byte("Subject: x\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	if !p.mails()[0].tls {
		t.Error("sent without TLS")
	}
}

func TestWithoutTLSOnThisMachineAlone(t *testing.T) {
	plain := func(addr string) SmarthostConfig {
		return SmarthostConfig{Addr: addr, Hostname: "clinic.example", NoTLS: true}
	}
	for addr, ok := range map[string]bool{
		"127.0.0.1:25": true, "[::1]:25": true, "localhost:25": true,
		"mx.example:25": false, "10.0.0.1:25": false, "localhost.example:25": false, "mx.example": false,
	} {
		if _, err := NewSmarthost(plain(addr)); (err == nil) != ok {
			t.Errorf("%s: got error %v", addr, err)
		}
	}
	r := newRig(t, newPeer(t, func(s *smtp.Server) { s.TLSConfig = nil }))
	id := r.accepted(t, 1)[0]
	r.run(t, func(c *Config) { c.Sender = r.smarthost(t, func(c *SmarthostConfig) { c.NoTLS = true }) })
	r.until(t, "sent", id)
	if r.peer.mails()[0].tls {
		t.Error("sent under TLS")
	}
}

// A smarthost that says nothing is not waited for longer than the context says.
func TestASilentSmarthostIsLeft(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s, err := NewSmarthost(SmarthostConfig{Addr: l.Addr().String(), Hostname: "clinic.example"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	started := time.Now()
	if err := s.Send(ctx, "reyes@lakeside.example", nil); !errors.Is(err, ErrHeld) || time.Since(started) > 5*time.Second {
		t.Errorf("got error %v after %v", err, time.Since(started))
	}
}

func TestS24ThePasswordNeverPrints(t *testing.T) {
	s := newRig(t, newPeer(t)).smarthost(t)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		if shown := fmt.Sprintf(verb, s); strings.Contains(shown, password) || strings.Contains(shown, fmt.Sprintf("%x", password)) {
			t.Errorf("%s shows %s", verb, shown)
		}
	}
}
