package main

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// client is a program that sends mail, from elsewhere.
type client struct {
	name string
	// ready finds or starts it, and skips the test where it is not to be had.
	// What it returns sends one letter; a refusal comes back as an error in the
	// words that the sender gets to see.
	ready     func(t *testing.T, w *world) func(letter) error
	plainOnly bool // picks the way of signing in by itself
	noDSN     bool // cannot ask to be told what became of a mail
}

var clients = []client{
	{name: "swaks", ready: swaks, noDSN: true},
	{name: "msmtp", ready: msmtp},
	{name: "Postfix", ready: postfix, plainOnly: true},
	{name: "nodemailer", ready: nodemailer},
	{name: "smtplib", ready: smtplib},
}

// deliveries are what each client sends in turn: to as many of its two patients,
// in such words. What is refused is refused so, and no patient hears of it.
var deliveries = []struct {
	name    string
	to      int
	change  func(*letter)
	refused string
}{
	{name: "a few words", to: 1},
	{name: "signed in by LOGIN", to: 1, change: func(l *letter) { l.Auth = "LOGIN" }},
	{name: "two recipients", to: 2},
	{name: "dots and blanks", to: 1, change: func(l *letter) {
		l.Text = "One:\n.\n..\n.hidden\n\n\n- a list\n  indented\nthe end."
	}},
	{name: "other alphabets and a file", to: 1, change: func(l *letter) {
		l.Subject = "Résultats – 检查结果"
		l.Text = "Ça va bien: 37,2 °C.\nЗдравствуйте!\nالنتيجة سلبية 🙂"
		l.FileName, l.File = "Befund Müller.txt", "Hämoglobin 13,5 g/dl ✓\n"
	}},
	{name: "eight bits as they are", to: 1, change: func(l *letter) {
		l.Subject = "Übermorgen"
		l.Text = "Öffnungszeiten: 8–12 Uhr"
		l.Raw = l.mail()
	}},
	{name: "asks to be told", to: 1, change: func(l *letter) { l.Notify = "SUCCESS" }},
	{name: "no TLS", to: 1, change: func(l *letter) { l.TLS = false }, refused: "530 5.7.0 Start TLS first"},
	{name: "a wrong password", to: 1, change: func(l *letter) { l.Password = "wrong" },
		refused: "535 5.7.8 Wrong address or app password"},
	{name: "no phone number", to: 1, change: func(l *letter) { l.To = []string{"12@secure.text"} },
		refused: "550 5.1.3 Not a phone number"},
	{name: "another's address", to: 1, change: func(l *letter) { l.From = "ceo@riverside.example" },
		refused: "550 5.7.1 You may not send from this address"},
}

// TestRealClients has real mail programs send to the real service. Patients read
// exactly the words that were sent; who is refused is told why.
func TestRealClients(t *testing.T) {
	t.Parallel()
	w := newWorld(t, embedded)
	cert, key := w.certificate()
	w.setting("TLS_CERT_FILE", cert, "TLS_KEY_FILE", key)
	box := newMailbox(t)
	w.setting("MAIL_SERVER", box.addr, "MAIL_FROM", "messages@svc.example", "MAIL_TLS", "off")
	port := w.serve().smtp
	for i, c := range clients {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			mine := *w
			mine.t = t
			send := c.ready(t, &mine)
			patients := []*patient{mine.patient(2 * i), mine.patient(2*i + 1)}
			for _, d := range deliveries {
				l := mine.letter(port, cert, patients[:d.to])
				if d.change != nil {
					d.change(&l)
				}
				if l.Auth == "LOGIN" && c.plainOnly || l.Notify != "" && c.noDSN {
					continue
				}
				switch err := send(l); {
				case d.refused == "" && err != nil:
					t.Errorf("%s: %v", d.name, err)
				case d.refused == "":
					for _, p := range patients[:d.to] {
						p.reads(d.name, l)
						p.wasReported(d.name, l, box)
					}
				case err == nil || !strings.Contains(err.Error(), d.refused):
					t.Errorf("%s: got error %v, want %s", d.name, err, d.refused)
				}
			}
			for _, p := range patients {
				p.gotNothingElse()
			}
		})
	}
}

// letter is signed in and sealed as it should be, and says a few words.
func (w *world) letter(port int, ca string, to []*patient) letter {
	l := letter{
		Port: port, CA: ca, TLS: true, Auth: "PLAIN", User: w.sender.User, Password: w.sender.Password,
		From: w.sender.User, Subject: "Your result", Text: "Good news: negative.\n\nAna Lima",
	}
	for _, p := range to {
		l.To = append(l.To, strings.TrimPrefix(p.number, "+1")+"@secure.text")
	}
	return l
}

// patient has a phone and reads what comes, in order.
type patient struct {
	*world
	number  string
	browser *browser
	links   int // read so far
}

func (w *world) patient(n int) *patient {
	return &patient{world: w, number: fmt.Sprintf("+12114367%03d", n), browser: w.browser()}
}

// next opens the next link, and signs in at the first.
func (p *patient) next() *page {
	p.t.Helper()
	p.links++
	how := p.browser.open
	if p.links == 1 {
		how = p.browser.withPassword
	}
	shown, err := how(p.link(p.number, p.links))
	if err != nil {
		p.t.Fatal(err)
	}
	return shown
}

// reads opens the next message and compares it with the letter.
func (p *patient) reads(name string, want letter) {
	p.t.Helper()
	shown := p.next()
	if got := textOf(shown.root, "h1", ""); got != want.Subject {
		p.t.Errorf("%s: the subject shows as %q, want %q", name, got, want.Subject)
	}
	if got := textOf(shown.root, "div", "text"); got != want.Text {
		p.t.Errorf("%s: the text shows as %q, want %q (status %d)", name, got, want.Text, shown.status)
	}
	if want.FileName == "" {
		return
	}
	if got := textOf(shown.root, "bdi", ""); got != want.FileName {
		p.t.Errorf("%s: the file is called %q, want %q", name, got, want.FileName)
	}
	file, err := p.browser.open(p.link(p.number, p.links) + "/a/1")
	if err != nil || file.status != http.StatusOK || strings.TrimSpace(file.text) != strings.TrimSpace(want.File) {
		p.t.Errorf("%s: the file holds %+v, %v; want %q", name, file, err, want.File)
	}
}

// wasReported waits for the report that the sender asked for: it names the phone
// by its last digits.
func (p *patient) wasReported(name string, l letter, box *mailbox) {
	p.t.Helper()
	if l.Notify == "" {
		return
	}
	want := "Final-Recipient: x-phone; +1-xxx-xxx-xx" + p.number[len(p.number)-2:]
	p.until(name+": the sender is told", func() bool { return strings.Contains(box.all(), want) })
}

// gotNothingElse holds that no text came but those of the messages read.
func (p *patient) gotNothingElse() {
	p.t.Helper()
	if n := len(p.world.links(p.number)); n != p.links {
		p.t.Errorf("%d texts for %d messages", n, p.links)
	}
}

// textOf is the text of the first element of a name and, unless it is empty, a
// class. Lines are as they are, blanks around it go.
func textOf(root *html.Node, name, class string) string {
	for n := range root.Descendants() {
		if n.Type != html.ElementNode || n.Data != name || class != "" && attr(n, "class") != class {
			continue
		}
		var b strings.Builder
		for d := range n.Descendants() {
			switch {
			case d.Type == html.TextNode:
				b.WriteString(d.Data)
			case d.Data == "br":
				b.WriteByte('\n')
			}
		}
		return strings.TrimSpace(b.String())
	}
	return ""
}

// installed is the path of one that the test needs. Without it the test skips,
// and fails in CI.
func installed(t testing.TB, name string) string {
	t.Helper()
	for _, candidate := range []string{name, "/usr/sbin/" + name} {
		if path, err := exec.LookPath(candidate); err == nil {
			return path
		}
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is not installed: run by make test", name)
	}
	t.Skipf("WARNING: %s is not installed: run by make test", name)
	return ""
}

// told runs a client with such an input. What it printed is the error if it fails.
func told(cmd *exec.Cmd, input string) error {
	cmd.Stdin = strings.NewReader(input)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}

// with is the environment of this process and more.
func with(pairs ...string) []string { return append(slices.Clone(os.Environ()), pairs...) }
