package gateway

import (
	"bytes"
	"crypto/tls"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	"go.uber.org/goleak"
)

const patient = "2114367789@secure.text"

func TestMailBecomesAMessageForEachRecipient(t *testing.T) {
	c := newClinic(t)
	addr, _ := c.serveSMTP(t, nil)
	client, err := smtp.DialStartTLS(addr, &tls.Config{InsecureSkipVerify: true})
	must(t, err)
	defer client.Close()
	must(t, client.Auth(sasl.NewPlainClient("", c.sender.Email, c.password)))
	must(t, client.SendMail(c.sender.Email, []string{patient, "+15551230002@CLINIC.example"}, strings.NewReader(strings.ReplaceAll(simpleMail, "\n..", "\n."))))
	got := c.read(t)
	if len(got) != 2 || got[0].number != "+12114367789" || got[1].number != "+15551230002" {
		t.Fatalf("%d messages, not one each for the two numbers", len(got))
	}
	for _, m := range got {
		if m.From != "Dr Ana Reyes" || m.Subject != "Your result" || !strings.Contains(m.Text, "It is negative.\n. and a dot") {
			t.Error("the message does not read as the mail was written")
		}
	}
}

func TestSignInWithLogin(t *testing.T) {
	c := newClinic(t)
	addr, _ := c.serveSMTP(t, nil)
	d := dialTLS(t, addr)
	if d.say("AUTH LOGIN", "334 ") != "334 "+b64("Username:") {
		t.Error("LOGIN does not ask for the name")
	}
	if d.say(b64("Reyes@Lakeside.example"), "334 ") != "334 "+b64("Password:") {
		t.Error("LOGIN does not ask for the password")
	}
	d.say(b64(strings.ToUpper(c.password)), "235")
	d = dialTLS(t, addr)
	d.say("AUTH LOGIN "+b64(c.sender.Email), "334")
	d.say(b64(strings.ReplaceAll(c.password, "-", "")), "235")
	d.say("AUTH PLAIN "+plain(c.sender.Email, c.password), "503")
}

func TestTheReplyNamesTheMessage(t *testing.T) {
	c := newClinic(t)
	addr, _ := c.serveSMTP(t, nil)
	reply := c.dialIn(t, addr).mail(c.sender.Email, patient, simpleMail)
	got := c.read(t)
	if len(got) != 1 || reply != "250 2.6.0 Stored as "+string(got[0].ID) {
		t.Errorf("got reply %q for %d messages", reply, len(got))
	}
}

func TestChunkedMail(t *testing.T) {
	c := newClinic(t)
	addr, _ := c.serveSMTP(t, nil)
	d := c.dialIn(t, addr)
	d.say("MAIL FROM:<reyes@lakeside.example>", "250")
	d.say("RCPT TO:<"+patient+">", "250")
	d.send("BDAT 24\r\nSubject: in chunks\r\n\r\nAb")
	d.expect("250")
	d.send("BDAT 3 LAST\r\nc\r\n")
	d.expect("250 2.6.0 Stored as msg_")
	if got := c.read(t); len(got) != 1 || strings.TrimSpace(got[0].Text) != "Abc" {
		t.Errorf("%d messages, or another text", len(got))
	}
	d.say("MAIL FROM:<reyes@lakeside.example>", "250")
	d.say("RCPT TO:<"+patient+">", "250")
	d.send("BDAT 24\r\nSubject: in chunks\r\n\r\nAb")
	d.expect("250")
	d.say("RSET", "250")
	d.say("MAIL FROM:<reyes@lakeside.example>", "421")
	d.closed()
	d = c.dialIn(t, addr)
	d.say("MAIL FROM:<reyes@lakeside.example>", "250")
	d.say("RCPT TO:<"+patient+">", "250")
	d.send("BDAT 21 LAST\r\nSubject: x\r\n\r\nLF\nbare")
	d.expect("554 5.6.0")
	if got := c.read(t); len(got) != 0 {
		t.Errorf("%d mails were stored that did not arrive whole", len(got))
	}
}

func TestTooLargeIsRefusedBeforeItIsRead(t *testing.T) {
	c := newClinic(t)
	addr, _ := c.serveSMTP(t, func(s *SMTP) { s.Mail = smallMail(4000) })
	d := c.dialIn(t, addr)
	d.say("MAIL FROM:<reyes@lakeside.example> SIZE=4001", "552 5.3.4")
	head := "Subject: x\r\n\r\n"
	line := strings.Repeat("a", 78) + "\r\n"
	body := head + strings.Repeat(line, 60)
	if got := d.mail(c.sender.Email, patient, body[:4000-2]); !strings.HasPrefix(got, "250") {
		t.Errorf("a mail of just the limit: %q", got)
	}
	if got := d.mail(c.sender.Email, patient, body[:4001-2]); !strings.HasPrefix(got, "552 5.3.4") {
		t.Errorf("a mail of a byte more: %q", got)
	}
}

func TestAnEndlessMailIsCutOffWithItsReply(t *testing.T) {
	c := newClinic(t)
	addr, _ := c.serveSMTP(t, func(s *SMTP) { s.Mail = smallMail(4000) })
	d := c.dialIn(t, addr)
	d.say("MAIL FROM:<reyes@lakeside.example>", "250")
	d.say("RCPT TO:<"+patient+">", "250")
	d.say("DATA", "354")
	block := bytes.Repeat([]byte(strings.Repeat("a", 998)+"\r\n"), 1000)
	sent := 0
	for {
		n, err := d.Write(block)
		if sent += n; err != nil {
			break
		}
		if sent > drainLarge+64<<20 {
			t.Fatal("a mail without end is read for ever")
		}
	}
}

func TestRunDrains(t *testing.T) {
	c := newClinic(t)
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	addr, stop := c.serveSMTP(t, nil)
	idle, busy := c.dialIn(t, addr), c.dialIn(t, addr)
	busy.say("MAIL FROM:<reyes@lakeside.example>", "250")
	busy.say("RCPT TO:<"+patient+">", "250")
	busy.say("DATA", "354")
	busy.send("Subject: in flight\r\n\r\nfirst")
	time.Sleep(50 * time.Millisecond)
	done := make(chan error, 1)
	go func() { done <- stop() }()
	idle.expect("421")
	idle.closed()
	if _, err := net.DialTimeout("tcp", addr, time.Second); err == nil {
		t.Error("a new connection is taken while shutting down")
	}
	busy.send(" and last\r\n.\r\n")
	busy.expect("250 2.6.0 Stored")
	busy.expect("421")
	busy.closed()
	if err := <-done; err != nil {
		t.Errorf("Run: %v", err)
	}
	if got := c.read(t); len(got) != 1 || strings.TrimSpace(got[0].Text) != "first and last" {
		t.Errorf("%d messages, or not the mail in flight", len(got))
	}
}

func TestRunCutsOffWhatOutlastsTheGrace(t *testing.T) {
	c := newClinic(t)
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	addr, stop := c.serveSMTP(t, func(s *SMTP) { s.Grace = 50 * time.Millisecond })
	d := c.dialIn(t, addr)
	d.say("MAIL FROM:<reyes@lakeside.example>", "250")
	d.say("RCPT TO:<"+patient+">", "250")
	d.say("DATA", "354")
	d.send("Subject: never ends\r\n\r\n")
	time.Sleep(50 * time.Millisecond)
	begun := time.Now()
	if err := stop(); err != nil || time.Since(begun) > 5*time.Second {
		t.Errorf("Run: %v after %v", err, time.Since(begun))
	}
	if got := c.read(t); len(got) != 0 {
		t.Error("half a mail was stored")
	}
}

func TestSwaks(t *testing.T) {
	swaks, err := exec.LookPath("swaks")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("swaks is not installed")
		}
		t.Skip("swaks is not installed: apt install swaks")
	}
	c := newClinic(t)
	addr, _ := c.serveSMTP(t, nil)
	for _, mechanism := range []string{"PLAIN", "LOGIN"} {
		out, err := exec.Command(swaks, "--server", addr, "--tls", "--auth", mechanism, "--auth-user", c.sender.Email,
			"--auth-password", c.password, "--from", c.sender.Email, "--to", patient, "--body", "By "+mechanism, "--silent", "2").CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v\n%s", mechanism, err, out)
		}
	}
	if got := c.read(t); len(got) != 2 || !strings.Contains(got[1].Text, "By LOGIN") {
		t.Errorf("%d messages, want the two that were sent", len(got))
	}
}
