package gateway

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"securetext/gateway/mail"
	"securetext/sms/phone"
	"securetext/store"
)

func TestS25EveryErrorHasItsReply(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{mail.ErrTooLarge, "552 5.3.4"},
		{mail.ErrTooComplex, "554 5.6.0"},
		{mail.ErrNotMail, "554 5.6.0"},
		{mail.ErrUnreadable, "554 5.6.0"},
		{mail.ErrTooSlow, "451 4.3.0"},
		{phone.ErrNotNumber, "550 5.1.3"},
		{store.ErrUnavailable, "451 4.3.0"},
		{store.ErrFull, "452 4.3.1"},
		{store.ErrConflict, "451 4.3.0"},
		{store.ErrNotFound, "451 4.3.0"},
		{store.ErrNewerSchema, "451 4.3.0"},
		{errShutDown, "421 4.3.2"},
		{io.ErrUnexpectedEOF, "451 4.3.0"},
		{errors.New("pq: a driver's error with +12114367789 in it"), "451 4.3.0"},
		{fmt.Errorf("%w: %w", errCutOff, smtp.ErrTooLongLine), "554 5.6.0"},
	} {
		for _, err := range []error{c.err, fmt.Errorf("store messages: %w", c.err)} {
			answer, reason, _ := replyTo(err)
			got := fmt.Sprintf("%d %d.%d.%d", answer.Code, answer.EnhancedCode[0], answer.EnhancedCode[1], answer.EnhancedCode[2])
			if got != c.want {
				t.Errorf("%v: got reply %s, want %s", err, got, c.want)
			}
			if strings.Contains(answer.Message, "2114367789") || strings.ContainsAny(answer.Message, "\r\n") || answer.Message == "" || reason == "" {
				t.Errorf("%v: got words %q", err, answer.Message)
			}
		}
	}
}

func TestS25AFailingStoreIsNoReasonToBounce(t *testing.T) {
	c := newClinic(t)
	db := &changing{Writer: c.Intake.Store}
	real := db.Writer
	c.Intake.Store = db
	addr, _ := c.serveSMTP(t, nil)
	for _, f := range []struct {
		err  error
		want string
	}{
		{store.ErrUnavailable, "451 4.3.0"},
		{store.ErrFull, "452 4.3.1"},
		{errors.New("row 17: It is negative."), "451 4.3.0 Something went wrong here"},
	} {
		db.change(failing{err: f.err})
		if got := c.dialIn(t, addr).mail(c.sender.Email, patient, simpleMail); !strings.HasPrefix(got, f.want) {
			t.Errorf("%v: got %q, want %q", f.err, got, f.want)
		}
	}
	db.change(panicking{})
	d := c.dialIn(t, addr)
	if got := d.mail(c.sender.Email, patient, simpleMail); !strings.HasPrefix(got, "451 4.3.0") {
		t.Errorf("a panic: got %q, want 451", got)
	}
	db.change(real)
	if got := d.mail(c.sender.Email, patient, simpleMail); !strings.HasPrefix(got, "250") {
		t.Errorf("the store is back: got %q on the same connection", got)
	}
}

// changing is a store that can be exchanged while it is in use.
type changing struct {
	mu sync.Mutex
	store.Writer
}

func (c *changing) change(w store.Writer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.Writer = w
}

// Accept implements [store.Writer].
func (c *changing) Accept(ctx context.Context, a store.Acceptance) (store.Stored, error) {
	c.mu.Lock()
	w := c.Writer
	c.mu.Unlock()
	return w.Accept(ctx, a)
}

// panicking is a store with nothing in it.
type panicking struct{ store.Writer }

func TestS26NothingWithoutTLSAndSigningIn(t *testing.T) {
	c := newClinic(t)
	addr, _ := c.serveSMTP(t, nil)
	d := dial(t, addr)
	d.send("EHLO test\r\n")
	for {
		line, err := d.r.ReadString('\n')
		must(t, err)
		if strings.Contains(line, "AUTH") {
			t.Errorf("AUTH is offered in the clear")
		}
		if line[3] == ' ' {
			break
		}
	}
	d.say("AUTH PLAIN "+plain(c.sender.Email, c.password), "523")
	d.say("MAIL FROM:<reyes@lakeside.example>", "530 5.7.0 Start TLS")
	d = dialTLS(t, addr)
	d.say("MAIL FROM:<reyes@lakeside.example>", "530 5.7.0 Sign in")
	d.say("RCPT TO:<"+patient+">", "502")
	d.say("AUTH CRAM-MD5", "504")
}

func TestS26FromIsTheSendersOwn(t *testing.T) {
	c := newClinic(t, "desk@lakeside.example")
	addr, _ := c.serveSMTP(t, nil)
	d := c.dialIn(t, addr)
	for from, want := range map[string]string{
		"Reyes@LAKESIDE.example": "250",
		"desk@lakeside.example":  "250",
		"ceo@lakeside.example":   "550 5.7.1",
		"":                       "550 5.7.1",
		"*":                      "501",
	} {
		d.say("MAIL FROM:<"+from+">", want)
		d.say("RSET", "250")
	}
	for header, want := range map[string]string{
		"From: Ana <reyes@lakeside.example>\r\n":     "250",
		"From: The Desk <desk@lakeside.example>\r\n": "250",
		"":                                     "250",
		"From: CEO <ceo@lakeside.example>\r\n": "550 5.7.1",
		"From: reyes@lakeside.example, ceo@lakeside.example\r\n":                                    "550 5.7.1",
		"From: reyes@lakeside.example\r\nFrom: ceo@lakeside.example\r\n":                            "550 5.7.1",
		"From: \"ceo@lakeside.example\" <reyes@lakeside.example>\r\n":                               "250",
		"From: reyes@lakeside.example\r\nSender: desk@lakeside.example\r\n":                         "250",
		"From: reyes@lakeside.example\r\nSender: a@b.example\r\n":                                   "550 5.7.1",
		"From: reyes@lakeside.example\r\nSender: reyes@lakeside.example\r\nSender: a@b.example\r\n": "550 5.7.1",
	} {
		if got := d.mail(c.sender.Email, patient, header+"Subject: x\r\n\r\nbody"); !strings.HasPrefix(got, want) {
			t.Errorf("%q: got %q, want %q", header, got, want)
		}
	}
	shown := map[string]bool{}
	for _, m := range c.read(t) {
		shown[m.From] = true
	}
	if shown["The Desk"] || !shown["Ana"] || !shown["Dr Reyes"] {
		t.Errorf("the names shown are %v: the mail's only with the sender's own address", shown)
	}
}

func TestS26NoOpenRelay(t *testing.T) {
	c := newClinic(t, "*")
	addr, _ := c.serveSMTP(t, nil)
	d := c.dialIn(t, addr)
	d.say("MAIL FROM:<anyone@anywhere.example>", "250")
	for to, want := range map[string]string{
		"2114367789@gmail.example":                   "550 5.7.1",
		"2114367789@secure.text.evil.example":        "550 5.7.1",
		"2114367789@sub.secure.text":                 "550 5.7.1",
		"2114367789%gmail.example@secure.text":       "550 5.1.3",
		"victim@gmail.example":                       "550 5.7.1",
		"postmaster@secure.text":                     "550 5.1.1",
		"frontdesk@secure.text":                      "550 5.1.3 Not a phone number: it has letters in it",
		"123@secure.text":                            "550 5.1.3 Not a phone number",
		"2114367789+lang=xx@secure.text":             "550 5.1.3 Refused option lang: must be one of en, es",
		"2114367789+flavour=mild@secure.text":        "550 5.1.3 Unknown option flavour",
		"2114367789+passcode=x@secure.text":          "550 5.1.3 Refused option passcode: must have 4 to 32 letters and digits",
		"+12114367789+EXP=3d+lang=es@clinic.example": "250",
		"2114367789+15551234567@secure.text":         "550 5.1.3 Unknown option: a name is made of letters",
		"\"+1 (211) 436-7789\"@secure.text":          "250",
		"0044 20 7946 0000@secure.text":              "501",
		"00442079460000@Secure.Text":                 "250",
	} {
		if got := d.say("RCPT TO:<"+to+">", want[:3]); !strings.HasPrefix(got, want) {
			t.Errorf("%s: got %q, want %q", to, got, want)
		}
	}
}

func TestS26ARevokedPasswordEndsASessionThatStaysOpen(t *testing.T) {
	c := newClinic(t)
	var ahead atomic.Int64
	c.Intake.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	addr, _ := c.serveSMTP(t, nil)
	d := c.dialIn(t, addr)
	must(t, c.db.RevokeCredential(t.Context(), c.org.ID, c.passwordID, operator, time.Now()))
	ahead.Store(int64(recheck))
	d.say("MAIL FROM:<reyes@lakeside.example>", "535 5.7.8")
	d.say("MAIL FROM:<reyes@lakeside.example>", "530")
}

func TestS27OneThingAtATime(t *testing.T) {
	c := newClinic(t)
	addr, _ := c.serveSMTP(t, nil)
	d := c.dialIn(t, addr)
	d.say("MAIL FROM:<reyes@lakeside.example>", "250")
	d.say("MAIL FROM:<reyes@lakeside.example>", "503 5.5.1")
	d.say("AUTH PLAIN "+plain(c.sender.Email, c.password), "503")
	d.say("RSET", "250")
	d.say("MAIL FROM:<reyes@lakeside.example>", "250")
	if _, err := (&session{SMTP: &SMTP{Intake: c.Intake, Log: c.Log}, envelope: envelope{begun: true}}).Auth("PLAIN"); err == nil || err.(*smtp.SMTPError).Code != 503 {
		t.Errorf("AUTH inside a mail: got %v, want 503", err)
	}
}

func TestS27AFailedHandshakeEndsTheConnection(t *testing.T) {
	c := newClinic(t)
	addr, _ := c.serveSMTP(t, nil)
	d := dial(t, addr)
	d.say("EHLO test", "250")
	d.say("STARTTLS", "220")
	d.send("MAIL FROM:<reyes@lakeside.example>\r\nthis is no handshake\r\nQUIT\r\n")
	rest, _ := io.ReadAll(d.r)
	if strings.Contains(string(rest), "550") || strings.Contains(string(rest), "221") {
		t.Errorf("the server goes on in the clear: %q", rest)
	}
}

func TestS27NothingPipelinedBeforeTLSSurvives(t *testing.T) {
	c := newClinic(t)
	addr, _ := c.serveSMTP(t, nil)
	d := dial(t, addr)
	d.say("EHLO test", "250")
	d.send("STARTTLS\r\nEHLO injected\r\nNOOP\r\n")
	d.expect("220")
	d.upgrade()
	d.say("NOOP", "250 2.0.0")
	d.say("MAIL FROM:<reyes@lakeside.example>", "502") // no EHLO since
	d.say("EHLO again", "250")
}

func TestS27ABareCROrLFIsRefused(t *testing.T) {
	c := newClinic(t)
	addr, _ := c.serveSMTP(t, nil)
	for name, data := range map[string]string{
		"bare LF":            "Subject: x\r\n\r\none\ntwo",
		"bare CR":            "Subject: x\r\n\r\none\rtwo",
		"LF dot LF":          "Subject: x\r\n\r\none\n.\nMAIL FROM:<reyes@lakeside.example>",
		"LF dot CRLF":        "Subject: x\r\n\r\none\n.\r\nMAIL FROM:<reyes@lakeside.example>",
		"CR at the very end": "Subject: x\r\n\r\none\r",
		"CR dot CR":          "Subject: x\r\n\r\none\r.\rtwo",
	} {
		if got := c.dialIn(t, addr).mail(c.sender.Email, patient, data); !strings.HasPrefix(got, "554 5.6.0") {
			t.Errorf("%s: got %q, want 554", name, got)
		}
	}
	if got := c.read(t); len(got) != 0 {
		t.Errorf("%d messages were stored", len(got))
	}
}
