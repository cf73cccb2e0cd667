package gateway

import (
	"bufio"
	"context"
	"crypto/tls"
	"net"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pires/go-proxyproto"

	"securetext/gateway/limit"
	"securetext/store"
)

// lmtp serves a Unix socket and returns a client that has said LHLO.
func (c *clinic) lmtp(t *testing.T) *dialogue {
	t.Helper()
	s := &SMTP{Intake: c.Intake, Door: DoorLMTP, Hostname: "mx.secure.text", Domains: []string{"secure.text"}, RegisterURL: registerURL, Log: c.Log}
	path := filepath.Join(t.TempDir(), "lmtp")
	l, err := net.Listen("unix", path)
	must(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx, l) }()
	t.Cleanup(func() { cancel(); <-done })
	conn, err := net.Dial("unix", path)
	must(t, err)
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	d := &dialogue{t, conn, bufio.NewReader(conn)}
	d.expect("220 mx.secure.text LMTP")
	d.say("LHLO postfix", "250")
	return d
}

func TestLMTPAnswersForEachRecipient(t *testing.T) {
	c := newClinic(t)
	c.refuse(t, "2114367780", store.Landline)
	d := c.lmtp(t)
	d.say("MAIL FROM:<bounce@anywhere.example>", "250")
	for _, to := range []string{"2114367789", "2114367780", "2114367789", "+442079460958"} {
		d.say("RCPT TO:<"+to+"@secure.text>", "250")
	}
	d.say("RCPT TO:<frontdesk@secure.text>", "550 5.1.3")
	d.say("DATA", "354")
	d.send(simpleMail + "\r\n.\r\n")
	first := d.expect("250 2.6.0 <2114367789@secure.text> Stored as msg_")
	d.expect("550 5.1.1 <2114367780@secure.text> This number is a landline")
	if again := d.expect("250"); again != first {
		t.Errorf("a number named twice: got %q, then %q", first, again)
	}
	d.expect("250 2.6.0 <+442079460958@secure.text> Stored as msg_")
	if got := c.read(t); len(got) != 2 {
		t.Errorf("%d messages, want 2", len(got))
	}
	events, err := c.db.Events(t.Context(), store.EventFilter{Org: c.org.ID, Kind: store.Accepted})
	must(t, err)
	if len(events) != 2 || events[0].Detail != "lmtp" || events[0].By.ID != string(c.sender.ID) {
		t.Errorf("events %+v, want two by the sender, by lmtp", events)
	}
}

func TestLMTPTakesRegisteredAuthorsOnly(t *testing.T) {
	c := newClinic(t)
	d := c.lmtp(t)
	for header, want := range map[string]string{
		"From: stranger@anywhere.example":          "550 5.7.1 <2114367789@secure.text> The From address is not registered here: see " + registerURL,
		"X-Nothing: here":                          "550 5.7.1 <2114367789@secure.text> The From field must name",
		"From: " + own + ", m@mallory.example":     "550 5.7.1 <2114367789@secure.text> The From and Sender",
		"From: " + own + "\r\nSender: m@x.example": "550 5.7.1 <2114367789@secure.text> You may not",
	} {
		if got, _ := d.tell(own, patient, header+"\r\nSubject: x\r\n\r\nbody"); !strings.HasPrefix(got, want) {
			t.Errorf("%q: got %q, want %q", header, got, want)
		}
	}
	d.say("MAIL FROM:<>", "550 5.7.1")
	d.say("AUTH PLAIN "+plain(c.sender.Email, c.password), "523")
	d.say("MAIL FROM:<"+own+">", "250")
	d.say("RCPT TO:<"+patient+">", "250")
	d.send("BDAT 16 LAST\r\nnot a mail at al")
	d.expect("554 5.6.0")
}

func TestSubmissionWithTLSFromTheFirstByte(t *testing.T) {
	c := newClinic(t)
	addr, _ := c.serveSMTP(t, func(s *SMTP) { s.Door = DoorSubmissionTLS })
	raw, err := tls.Dial("tcp", addr, &tls.Config{InsecureSkipVerify: true})
	must(t, err)
	defer raw.Close()
	d := &dialogue{t, raw, bufio.NewReader(raw)}
	d.expect("220 mx.secure.text")
	d.say("EHLO test", "250")
	d.say("STARTTLS", "502")
	d.say("MAIL FROM:<"+own+">", "530 5.7.0 Sign in")
	d.say("AUTH PLAIN "+plain(c.sender.Email, c.password), "235")
	if got := d.mail(own, patient, simpleMail); !strings.HasPrefix(got, "250") {
		t.Errorf("got %q", got)
	}
	clear, err := net.Dial("tcp", addr)
	must(t, err)
	defer clear.Close()
	clear.SetDeadline(time.Now().Add(5 * time.Second))
	clear.Write([]byte("EHLO test\r\n"))
	line, _ := bufio.NewReader(clear).ReadString('\n')
	if strings.HasPrefix(line, "220") || strings.HasPrefix(line, "250") {
		t.Errorf("got %q in the clear", line)
	}
}

// proxied connects as a balancer that has a client at that address.
func proxied(t *testing.T, addr, client string, version byte) *dialogue {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	must(t, err)
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	h := proxyproto.HeaderProxyFromAddrs(version, net.TCPAddrFromAddrPort(netip.MustParseAddrPort(client)), conn.LocalAddr())
	_, err = h.WriteTo(conn)
	must(t, err)
	return &dialogue{t, conn, bufio.NewReader(conn)}
}

func TestS28BehindABalancerTheRealClientCounts(t *testing.T) {
	c := newClinic(t)
	addr, _ := c.serveSMTP(t, func(s *SMTP) {
		s.ProxyFrom, s.Limits.ConnsPerAddr = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, 1
	})
	first := proxied(t, addr, "192.0.2.7:999", 2)
	first.expect("220")
	proxied(t, addr, "192.0.2.7:1000", 2).expect("421 4.7.0")
	second := proxied(t, addr, "198.51.100.7:999", 2)
	second.expect("220")
	second.say("EHLO test", "250")
	second.say("STARTTLS", "220")
	second.upgrade()
	second.say("EHLO test", "250")
	second.say("AUTH PLAIN "+plain(c.sender.Email, c.password), "235")
	if got := second.mail(own, patient, simpleMail); !strings.HasPrefix(got, "250") {
		t.Fatalf("got %q", got)
	}
	events, err := c.db.Events(t.Context(), store.EventFilter{Org: c.org.ID, Kind: store.Accepted})
	must(t, err)
	if len(events) != 1 || events[0].By.Addr != netip.MustParseAddr("198.51.100.7") {
		t.Errorf("events %+v, want the client's address", events)
	}
}

func TestS28ABalancerMustSayWhomItHas(t *testing.T) {
	c := newClinic(t)
	addr, _ := c.serveSMTP(t, func(s *SMTP) { s.ProxyFrom = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} })
	proxied(t, addr, "192.0.2.7:999", 1).closed() // the older version
	raw, err := net.Dial("tcp", addr)
	must(t, err)
	defer raw.Close()
	raw.SetDeadline(time.Now().Add(5 * time.Second))
	raw.Write([]byte("EHLO somebody who says nothing of a client\r\n"))
	if line, _ := bufio.NewReader(raw).ReadString('\n'); line != "" {
		t.Errorf("got %q", line)
	}
	if !strings.Contains(c.log.String(), "without a PROXY header") {
		t.Error("the operator does not hear of it")
	}
}

func TestS28OnlyListedBalancersAreBelieved(t *testing.T) {
	c := newClinic(t)
	addr, _ := c.serveSMTP(t, func(s *SMTP) { s.ProxyFrom = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")} })
	d := proxied(t, addr, "192.0.2.7:999", 2)
	d.expect("220")
	d.expect("50") // a PROXY header is no command
	if strings.Contains(c.log.String(), "192.0.2.7") {
		t.Error("anybody can say whom they stand for")
	}
}

func TestASilentBalancerHoldsUpNobody(t *testing.T) {
	c := newClinic(t)
	addr, _ := c.serveSMTP(t, func(s *SMTP) { s.ProxyFrom = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} })
	silent, err := net.Dial("tcp", addr)
	must(t, err)
	defer silent.Close()
	begun := time.Now()
	proxied(t, addr, "192.0.2.7:999", 2).expect("220")
	if took := time.Since(begun); took > time.Second {
		t.Errorf("the next client waits %v", took)
	}
}

func TestS28WrongPasswordsOfAnAccountAndAnAddress(t *testing.T) {
	for name, rates := range map[string]Rates{
		"account": {Account: limit.Rule{Burst: 2, Per: time.Hour}},
		"address": {Addr: limit.Rule{Burst: 2, Per: time.Hour}},
	} {
		t.Run(name, func(t *testing.T) {
			c := newClinic(t)
			c.Intake.Limiter, c.Intake.Rates = limit.NewMemory(100), rates
			addr, _ := c.serveSMTP(t, nil)
			for range 2 {
				dialTLS(t, addr).say("AUTH PLAIN "+plain(c.sender.Email, "not-the-pass-word"), "535")
			}
			d := dialTLS(t, addr)
			d.say("AUTH PLAIN "+plain(c.sender.Email, "not-the-pass-word"), "421 4.7.0 Too many wrong passwords")
			d.closed()
			want := "535"
			if name == "address" {
				want = "421"
			}
			other := joinClinic(t, c.db, c.Keys, "other@elsewhere.example")
			dialTLS(t, addr).say("AUTH PLAIN "+plain(other.sender.Email, "not-the-pass-word"), want)
			dialTLS(t, addr).say("AUTH PLAIN "+plain(c.sender.Email, c.password), "235") // locked out is nobody
			if n := c.refusals(t, ViaSMTP, "guessing"); n == 0 {
				t.Error("no metric counts it")
			}
		})
	}
}
