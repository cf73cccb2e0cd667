package main

import (
	"fmt"
	"io"
	"net"
	"net/textproto"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

const letterHead = "From: Ana <ana@riverside.example>\r\nTo: patient\r\nSubject: Your result\r\nMessage-ID: <%d@x>\r\n\r\n%s\r\n"

func letterOf(words string) *strings.Reader {
	return strings.NewReader(fmt.Sprintf(letterHead, time.Now().UnixNano(), words))
}

func at(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }

// TestS26FourDoors sends one mail through each door of one process.
func TestS26FourDoors(t *testing.T) {
	t.Parallel()
	w := newWorld(t, embedded)
	implicit, relay, socket := newPort(t), newPort(t), filepath.Join(w.dir, "lmtp")
	w.setting("SMTPS_ADDR", at(implicit), "RELAY_ADDR", at(relay), "LMTP_SOCKET", socket)
	w.cli("smarthost", "add", "our mail server", "--domain=riverside.example", "--network=127.0.0.0/8")
	w.serve()
	b := w.browser()
	read := func(n int, words string) {
		t.Helper()
		how := b.open
		if n == 1 {
			how = b.withPassword
		}
		if page, err := how(w.link(number, n)); err != nil || !strings.Contains(page.text, words) {
			t.Errorf("%s: %+v, %v", words, page, err)
		}
	}
	to := []string{"2114367789@secure.text"}

	c, err := smtp.DialTLS(at(implicit), trusting())
	if err != nil {
		t.Fatal(err)
	}
	if err := c.SendMail(w.sender.User, to, letterOf("too early")); code(err) != 530 {
		t.Errorf("implicit TLS without AUTH: %v, want 530", err)
	}
	if err := c.Auth(sasl.NewPlainClient("", w.sender.User, w.sender.Password)); err != nil {
		t.Fatal(err)
	}
	if err := c.SendMail(w.sender.User, to, letterOf("by implicit TLS")); err != nil {
		t.Fatal(err)
	}
	c.Close()
	read(1, "by implicit TLS")

	if c, err = smtp.DialStartTLS(at(relay), trusting()); err != nil {
		t.Fatal(err)
	}
	if err := c.SendMail("bounces@riverside.example", to, letterOf("by the smarthost")); err != nil {
		t.Fatal(err)
	}
	stranger := strings.NewReader("From: eve@elsewhere.example\r\nSubject: x\r\n\r\nx\r\n")
	if err := c.SendMail("eve@elsewhere.example", to, stranger); code(err) != 550 {
		t.Errorf("another domain through the smarthost: %v, want 550", err)
	}
	unknown := strings.NewReader("From: bob@riverside.example\r\nSubject: x\r\n\r\nx\r\n")
	if err := c.SendMail("bob@riverside.example", to, unknown); code(err) != 550 || !strings.Contains(err.Error(), "/senders") {
		t.Errorf("somebody who is not registered: %v, want 550 and the page", err)
	}
	c.Close()
	read(2, "by the smarthost")

	if err := lmtp(socket, to[0], fmt.Sprintf(letterHead, 1, "by LMTP")); err != nil {
		t.Fatal(err)
	}
	read(3, "by LMTP")
}

// lmtp hands one mail in as Postfix does.
func lmtp(socket, to, mail string) error {
	conn, err := net.Dial("unix", socket)
	if err != nil {
		return err
	}
	defer conn.Close()
	c := smtp.NewClientLMTP(conn)
	if err := c.Mail("ana@riverside.example", nil); err != nil {
		return err
	}
	if err := c.Rcpt(to, nil); err != nil {
		return err
	}
	data, err := c.Data()
	if err != nil {
		return err
	}
	io.WriteString(data, mail)
	return data.Close()
}

// mailbox is a mail server that keeps what it is given.
type mailbox struct {
	addr string

	mu    sync.Mutex
	mails []string
}

func newMailbox(t *testing.T) *mailbox {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m := &mailbox{addr: l.Addr().String()}
	server := smtp.NewServer(m)
	go server.Serve(l)
	t.Cleanup(func() { server.Close() })
	return m
}

func (m *mailbox) NewSession(*smtp.Conn) (smtp.Session, error) { return mailboxSession{m}, nil }

type mailboxSession struct{ *mailbox }

func (mailboxSession) Mail(string, *smtp.MailOptions) error { return nil }
func (mailboxSession) Rcpt(string, *smtp.RcptOptions) error { return nil }
func (mailboxSession) Reset()                               {}
func (mailboxSession) Logout() error                        { return nil }
func (s mailboxSession) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mails = append(s.mails, string(b))
	return err
}

func (m *mailbox) all() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return strings.Join(m.mails, "\n")
}

func TestSendersAreToldByMail(t *testing.T) {
	t.Parallel()
	w := newWorld(t, production)
	box := newMailbox(t)
	w.setting("MAIL_SERVER", box.addr, "MAIL_FROM", "messages@svc.example", "MAIL_TLS", "off")
	w.cli("org", "set", "--confirm=always")
	p := w.serve()
	if err := p.mail("2114367789", "Hepatitis", "positive"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.browser().withPassword(w.link(number, 1)); err != nil {
		t.Fatal(err)
	}
	w.until("two mails came", func() bool { return strings.Count(box.all(), "Auto-Submitted: auto-generated") >= 2 })
	w.until("they are on record", func() bool { return strings.Count(strings.Join(w.events(""), " "), "notified") == 2 })
	if err := p.mail("2114367780", "Hepatitis", "positive"); err != nil {
		t.Fatal(err)
	}
	if err := w.browser().disown(w.link("+12114367780", 1)); err != nil {
		t.Fatal(err)
	}
	w.until("the sender hears that it is somebody else's", func() bool { return strings.Contains(box.all(), "ending 80: not for them") })
	for _, secret := range []string{"Hepatitis", "positive", "4367789", "436-7789", "4367780", "/m/"} {
		if strings.Contains(box.all(), secret) {
			t.Errorf("a mail to the sender holds %q", secret)
		}
	}
	for _, want := range []string{"To: <ana@riverside.example>", "89"} {
		if !strings.Contains(box.all(), want) {
			t.Errorf("%q is in no mail:\n%s", want, box.all())
		}
	}
}

// disown opens a link and says that the message is not for whoever got it.
func (b *browser) disown(link string) error {
	p, err := b.open(link)
	for range 2 {
		if err == nil {
			p, err = b.tap(p, "/notmine")
		}
	}
	return err
}

func TestS29AMailSentAgainIsOneMessage(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		p := w.serve()
		mail := fmt.Sprintf(letterHead, 4711, "only once")
		for range 3 {
			if err := p.rawMail("2114367789", mail); err != nil {
				t.Fatal(err)
			}
		}
		w.link(number, 1)
		if n := strings.Count(w.cli("messages"), "msg_"); n != 1 {
			t.Errorf("%d messages, want 1", n)
		}
	})
}

func TestS28SlowClientsAreCut(t *testing.T) {
	t.Parallel()
	w := newWorld(t, embedded)
	p := w.serve()
	conn, err := textproto.Dial("tcp", at(p.smtp))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, _, err := conn.ReadResponse(220); err != nil {
		t.Fatal(err)
	}
	for i := range 1100 {
		if err := conn.PrintfLine("NOOP"); err != nil {
			return
		}
		if _, _, err := conn.ReadResponse(250); err != nil {
			t.Logf("cut after %d commands: %v", i, err)
			return
		}
	}
	t.Error("a client that does nothing is never cut")
}
