package gateway

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"securetext/gateway/dmarc/fakedns"
	"securetext/sms/phone"
)

func FuzzRequest(f *testing.F) {
	f.Add(simplePost)
	f.Add(plantedPost)
	f.Add(`{"to":["1",2,null],"subject":"\ud800","text":"t","attachments":[{"name":"\u0000","content":"=="}],"attachments":[]}`)
	f.Add(`{"to":{"a":[{}]},"x":[[[1e999]]],"to":"1"} trailing`)
	f.Fuzz(func(t *testing.T, body string) {
		sub, err := understood(body)
		if err != nil {
			p, known := problemFor(err)
			if !known || p.Status/100 != 4 {
				t.Errorf("%v is answered %d", err, p.Status)
			}
			return
		}
		if len(sub.To) == 0 || sub.Subject == "" || strings.TrimSpace(sub.Text) == "" || !utf8.ValidString(body) {
			t.Error("a request was taken that is not complete")
		}
		for _, to := range sub.To {
			if to.Number.IsZero() {
				t.Error("a request was taken with a number that is none")
			}
		}
	})
}

func FuzzAddress(f *testing.F) {
	for _, s := range []string{"2114367789@secure.text", "+12114367789@SECURE.TEXT", "2114367789+exp=3d@secure.text", "@secure.text",
		"a@b@secure.text", "++1@secure.text", "postmaster@secure.text", "2114367789", "+@secure.text", "1+\r\n250 OK@secure.text"} {
		f.Add(s)
	}
	s := &SMTP{Domains: []string{"secure.text"}}
	f.Fuzz(func(t *testing.T, address string) {
		a, err := s.addresseeOf(address)
		if err == nil {
			_, err = phone.Parse(a.number, "US")
		}
		if err == nil {
			return
		}
		answer, _, known := replyTo(err)
		if !known || answer.Code != 550 || strings.ContainsFunc(answer.Message, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Errorf("%q is answered %d %q", address, answer.Code, answer.Message)
		}
	})
}

// FuzzDialogue lets a signed-in client say anything. Whatever it says, the
// server goes on serving, and each reply is one.
func FuzzDialogue(f *testing.F) {
	f.Add("MAIL FROM:<reyes@lakeside.example>\r\nRCPT TO:<2114367789@secure.text>\r\nDATA\r\nSubject: x\r\n\r\nbody\r\n.\r\nQUIT\r\n")
	f.Add("BDAT 3\r\nabcBDAT 0 LAST\r\n")
	f.Add("MAIL FROM:<reyes@lakeside.example>\r\nRCPT TO:<2114367789@secure.text>\r\nBDAT 5\r\nab\n\r\nRSET\r\nMAIL FROM:<>\r\n")
	f.Add("MAIL FROM:<reyes@lakeside.example> SIZE=99999999999\r\nRCPT TO:<\"\r\n")
	f.Add("AUTH LOGIN\r\n*\r\nSTARTTLS\r\nVRFY x\r\n\r\n\x00\xff\r\n")
	c := newClinic(f)
	addr, _ := c.serveSMTP(f, nil)
	f.Fuzz(func(t *testing.T, said string) { c.dialIn(t, addr).babble(said) })
}

// FuzzRelay lets a stranger say anything to the relay, which can prove nothing of
// it: whatever it says, nothing is stored.
func FuzzRelay(f *testing.F) {
	const begin = "MAIL FROM:<reyes@lakeside.example>\r\nRCPT TO:<2114367789@secure.text>\r\n"
	f.Add(begin + "DATA\r\nFrom: reyes@lakeside.example\r\nSubject: x\r\n\r\nbody\r\n.\r\nQUIT\r\n")
	f.Add(begin + "DATA\r\nFrom: reyes@lakeside.example\r\nDKIM-Signature: v=1; a=rsa-sha256; d=lakeside.example; s=s; h=from; bh=AA==; b=AA==\r\n\r\n.\r\n")
	f.Add(begin + "BDAT 48 LAST\r\nFrom: reyes@lakeside.example\r\nSender: @\r\n\r\nbody")
	f.Add("AUTH PLAIN AGEAYg==\r\nSTARTTLS\r\nMAIL FROM:<> ENVID=x\r\nRCPT TO:<1> NOTIFY=NEVER\r\n")
	c := newClinic(f)
	addr := c.relay(f, internet{Zone: fakedns.New()}, nil)
	f.Fuzz(func(t *testing.T, said string) {
		dialTLS(t, addr).babble(said)
		if c.nudges.Load() != 0 {
			t.Fatal("a mail was taken that nothing proves")
		}
	})
}

// babble says anything, and wants replies in return, and an end.
func (d *dialogue) babble(said string) {
	d.Helper()
	d.SetDeadline(time.Now().Add(5 * time.Second))
	d.Write([]byte(said))
	d.Conn.(*tls.Conn).CloseWrite()
	replies, err := io.ReadAll(d.r)
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		d.Fatal("the connection hangs")
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(string(replies), "\r\n"), "\r\n") {
		if len(line) > 0 && (len(line) < 4 || line[0] < '2' || line[0] > '5') {
			d.Errorf("got %q, which is no reply", line)
		}
	}
}

func FuzzLineEnds(f *testing.F) {
	f.Add("a\r\nb\r\n", 3)
	f.Add("a\r\r\n", 2)
	f.Add("\n", 0)
	f.Fuzz(func(t *testing.T, s string, cut int) {
		cut = max(0, min(cut, len(s)))
		var l lineEnds
		got := l.whole([]byte(s[:cut])) && l.whole([]byte(s[cut:])) && !l.cr
		if want := !strings.ContainsAny(strings.ReplaceAll(s, "\r\n", ""), "\r\n"); got != want {
			t.Errorf("%q cut at %d: got %v, want %v", s, cut, got, want)
		}
	})
}
