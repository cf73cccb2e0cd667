package main

import (
	"bufio"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// ends are what some program takes, or took, for the end of a mail, and what
// looks like one. A mail that goes on behind them carries another mail: to a
// server that sees an end there, but the relay before it did not, the sender is
// whoever the mail says it is.
var ends = []struct {
	name, bytes string
	refused     bool // must be, for a CR or LF that stands alone
}{
	{"LF . LF", "\n.\n", true},
	{"LF . CRLF", "\n.\r\n", true},
	{"LF . CR", "\n.\r", true},
	{"CR . CR", "\r.\r", true},
	{"CR . LF", "\r.\n", true},
	{"CR . CRLF", "\r.\r\n", true},
	{"CRLF . LF", "\r\n.\n", true},
	{"CRLF . CR", "\r\n.\r", false}, // the protocol library swallows the dot and the CR
	{"CRLF . CR CRLF", "\r\n.\r\r\n", false},
	{"CR CRLF . CR CRLF", "\r\r\n.\r\r\n", true},
	{"CRLF CR . CRLF", "\r\n\r.\r\n", true},
	{"CRLF . CR NUL LF", "\r\n.\r\x00\n", true},
	{"CR NUL LF . CRLF", "\r\x00\n.\r\n", true},
	{"LF NUL . CRLF", "\n\x00.\r\n", true},
	{"CRLF NUL . CRLF", "\r\n\x00.\r\n", false},
	{"CRLF . NUL CRLF", "\r\n.\x00\r\n", false},
	{"CRLF . . CRLF", "\r\n..\r\n", false},
	{"CRLF . blank CRLF", "\r\n. \r\n", false},
	{"CRLF blank . CRLF", "\r\n .\r\n", false},
	{"VT . VT", "\v.\v", false},
	{"FF . FF", "\f.\f", false},
	{"NEL . NEL", "\u0085.\u0085", false},
	{"NEL byte . NEL byte", "\x85.\x85", false},
	{"LINE SEPARATOR . LINE SEPARATOR", "\u2028.\u2028", false},
	{"8-bit CRLF . CRLF", "\x8d\x8a.\x8d\x8a", false},
}

// TestS27NothingIsSmuggled sends mails that have such an end in the middle, and
// behind it a second envelope with a mail. None becomes two messages, and what
// stands behind the end is never a message by itself.
func TestS27NothingIsSmuggled(t *testing.T) {
	t.Parallel()
	w := newWorld(t, embedded)
	p := w.serve()
	mails := make(map[string]string) // what each dialogue sends once it may
	for i, e := range ends {
		mails[e.name] = fmt.Sprintf("DATA\r\nSubject: outer\r\n\r\nouter-%d.%s", i, e.bytes) + p.envelope(i)
	}
	n := len(ends)
	chunk := fmt.Sprintf("Subject: outer\r\n\r\nouter-%d.\r\n.\r\n", n) + p.envelope(n)
	mails["a true end in a chunk"] = fmt.Sprintf("BDAT %d LAST\r\n%sQUIT\r\n", len(chunk), chunk)
	mails["a true end"] = fmt.Sprintf("DATA\r\nSubject: outer\r\n\r\nouter-%d.\r\n.\r\n", n+1) + p.envelope(n+1)

	stored := p.sendAll(mails)
	for _, e := range ends {
		if got := stored[e.name]; len(got) != 1 || e.refused && !strings.HasPrefix(got[0], "554 5.6.0") {
			t.Errorf("%s: got replies %q, want one, and 554: %v", e.name, got, e.refused)
		}
	}
	if got := stored["a true end in a chunk"]; len(got) != 1 {
		t.Errorf("a true end in a chunk: got replies %q, want one", got)
	}
	if got := stored["a true end"]; len(got) != 2 {
		t.Errorf("a true end: got replies %q, want two: the test sees nothing", got)
	}
	w.noneStandsAlone(stored, n+1)
}

// envelope is the second mail with all that comes before and behind it.
func (p *process) envelope(i int) string {
	return fmt.Sprintf("MAIL FROM:<%s>\r\nRCPT TO:<2114367789@secure.text>\r\nDATA\r\nSubject: inner\r\n\r\ninner-%d.\r\n.\r\nQUIT\r\n",
		p.world.sender.User, i)
}

// sendAll sends each mail on a connection of its own, all at once, and returns
// the replies to the ends of mails.
func (p *process) sendAll(mails map[string]string) map[string][]string {
	var mu sync.Mutex
	var all sync.WaitGroup
	stored := map[string][]string{}
	for name, mail := range mails {
		all.Go(func() {
			replies, err := p.sendRaw(mail)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				p.world.t.Errorf("%s: %v", name, err)
			}
			stored[name] = replies
		})
	}
	all.Wait()
	return stored
}

// sendRaw signs in, begins a mail, writes the bytes in one go and reads until
// the connection ends. It returns the replies that say what became of a mail.
func (p *process) sendRaw(mail string) (replies []string, err error) {
	conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", p.smtp))
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	d := &rawDialogue{conn, bufio.NewReader(conn)}
	account := "\x00" + p.world.sender.User + "\x00" + p.world.sender.Password
	if err := d.say("", "EHLO x\r\n", "STARTTLS\r\n"); err != nil {
		return nil, err
	}
	secured := tls.Client(conn, trusting())
	d = &rawDialogue{secured, bufio.NewReader(secured)}
	if err := d.say("EHLO x\r\n", "AUTH PLAIN "+base64.StdEncoding.EncodeToString([]byte(account))+"\r\n",
		"MAIL FROM:<"+p.world.sender.User+">\r\n", "RCPT TO:<2114367789@secure.text>\r\n", mail); err != nil {
		return nil, err
	}
	for {
		reply, err := d.reply()
		if err != nil {
			return replies, nil // closed
		}
		if strings.HasPrefix(reply, "250 2.6.0") || strings.HasPrefix(reply, "554") {
			replies = append(replies, reply)
		}
	}
}

// rawDialogue is a client that says what it is told.
type rawDialogue struct {
	net.Conn
	r *bufio.Reader
}

// say writes each and reads a good reply; to nothing, a reply comes by itself.
func (d *rawDialogue) say(all ...string) error {
	for _, line := range all {
		if _, err := d.Write([]byte(line)); err != nil {
			return err
		}
		if strings.HasPrefix(line, "BDAT") {
			return nil // its reply is of the mail
		}
		if reply, err := d.reply(); err != nil || reply[0] != '2' && reply[0] != '3' {
			return fmt.Errorf("got %q, %v", reply, err)
		}
	}
	return nil
}

// reply is the last line of the next one.
func (d *rawDialogue) reply() (string, error) {
	for {
		line, err := d.r.ReadString('\n')
		if err != nil || len(line) < 4 || line[3] != '-' {
			return line, err
		}
	}
}

// noneStandsAlone reads all messages: one for each stored mail, and whatever is
// behind an end only together with what is before it, save in the mail control,
// whose end is a true one.
func (w *world) noneStandsAlone(stored map[string][]string, control int) {
	w.t.Helper()
	want := 0
	for _, replies := range stored {
		for _, r := range replies {
			if strings.HasPrefix(r, "250") {
				want++
			}
		}
	}
	w.link(number, want)
	patient := &patient{world: w, number: number, browser: w.browser()}
	for range want {
		text := textOf(patient.next().root, "div", "text")
		outer, inner := strings.Contains(text, "outer-"), strings.Contains(text, "inner-")
		if apart := strings.Contains(text, fmt.Sprintf("-%d.", control)); outer != inner && !apart || outer && inner && apart {
			w.t.Errorf("a message says %q", text)
		}
	}
	patient.gotNothingElse()
}
