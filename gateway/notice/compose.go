package notice

import (
	"bytes"
	"fmt"
	"mime"
	"mime/quotedprintable"
	"net/mail"
	"strings"
	"time"

	"securetext/sms/phone"
	"securetext/store"
)

// letter is one mail in the making. Everything in it comes from the notice
// alone, so that a second try is the first, byte for byte.
type letter struct {
	store.DueNotice
	from, to mail.Address
	hostname string
	console  string
	number   phone.Number
	words    wording
}

// compose writes the mail of a notice, with CRLF line ends.
func (m *Mailer) compose(d store.DueNotice, to mail.Address, number phone.Number) []byte {
	l := letter{
		DueNotice: d, from: m.from, to: to, hostname: m.Hostname, console: m.Console,
		number: number, words: wordingFor(d.Org.Lang),
	}
	var out bytes.Buffer
	l.header(&out)
	if l.isReport() {
		l.report(&out)
	} else {
		l.plain(&out)
	}
	return out.Bytes()
}

// header writes what all mails have. The null sender keeps mail servers from
// answering, the two fields after Message-ID keep programs from it: the first
// is RFC 3834's, the other is Exchange's. There is no Precedence: it is no
// standard, and some sort by it what nobody should overlook.
func (l letter) header(out *bytes.Buffer) {
	for _, f := range [][2]string{
		{"From", l.from.String()},
		{"To", l.to.String()},
		{"Subject", l.subject()},
		{"Date", l.Queued.UTC().Format(time.RFC1123Z)},
		{"Message-ID", fmt.Sprintf("<%s@%s>", idOf(l.DueNotice), l.hostname)},
		{"Auto-Submitted", "auto-generated"},
		{"X-Auto-Response-Suppress", "All"},
		{"MIME-Version", "1.0"},
		{"Content-Language", l.words.lang},
	} {
		fmt.Fprintf(out, "%s: %s\r\n", f[0], f[1])
	}
}

func (l letter) subject() string {
	s := fill(l.words.steps[l.Kind].subject, "{end}", lastDigits(l.number))
	if l.Test {
		s = "[test] " + s
	}
	s = mime.QEncoding.Encode("utf-8", s)
	return strings.ReplaceAll(s, "?= =?", "?=\r\n =?")
}

// plain writes the text as all that there is.
func (l letter) plain(out *bytes.Buffer) {
	out.WriteString("Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n")
	w := quotedprintable.NewWriter(out)
	w.Write([]byte(l.text()))
	w.Close()
}

// text is what the sender reads.
func (l letter) text() string {
	step, labels := l.words.steps[l.Kind], l.words.labels
	var b strings.Builder
	b.WriteString(step.lead + "\r\n\r\n")
	if l.Kind == store.Failed {
		e := l.words.explain(l.Detail)
		fmt.Fprintf(&b, "%s: %s\r\n%s: %s\r\n\r\n", labels.why, e.why, labels.next, e.next)
	}
	if l.Kind == store.Overdue {
		fmt.Fprintf(&b, "%s: %s\r\n\r\n", labels.next, takeOver[l.words.lang])
	}
	b.WriteString(l.answered())
	for _, line := range [][2]string{
		{labels.phone, masked(l.number)},
		{labels.accepted, l.Created.UTC().Format(minute)},
		{step.when, l.when().UTC().Format(minute)},
		{labels.message, string(l.Message)},
		{labels.reference, shown(l.Reference, l.number)},
		{labels.console, l.console},
	} {
		if line[0] != "" && line[1] != "" {
			fmt.Fprintf(&b, "%s: %s\r\n", line[0], line[1])
		}
	}
	b.WriteString("\r\n" + fill(l.words.closing, "{org}", oneLine(l.Org.Name)) + "\r\n")
	return b.String()
}

const minute = "2006-01-02 15:04 UTC"

func fill(text, name, value string) string { return strings.ReplaceAll(text, name, value) }
