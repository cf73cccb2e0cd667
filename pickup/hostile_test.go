package pickup_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/emersion/go-smtp"

	"securetext/gateway"
)

// payload is hostile HTML.
type payload struct{ Title, Payload string }

// hostileHTML is ours, the public suites' where they are here, and what is too
// large to be in a file.
func hostileHTML(t *testing.T) []payload {
	t.Helper()
	all := append(payloads(t, "testdata/hostile.json"), enormous()...)
	const suites = "../../shared/corpus/html"
	files, err := filepath.Glob(suites + "/*.json")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Log("the public suites of hostile HTML are not here: only ours is tried")
	}
	for _, f := range files {
		all = append(all, payloads(t, f)...)
	}
	return all
}

func payloads(t *testing.T, file string) []payload {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var list []payload
	if err := json.Unmarshal(b, &list); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	if len(list) < 60 {
		t.Fatalf("%s holds only %d payloads", file, len(list))
	}
	return list
}

// enormous is what would keep a browser, or us, busy.
func enormous() []payload {
	many := func(s string, n int) string { return strings.Repeat(s, n) }
	const image = `<img src=x onerror=alert(1)>`
	return []payload{
		{"100,000 elements deep", many("<div>", 100_000) + image},
		{"100,000 elements deep in svg", "<svg>" + many("<g>", 100_000) + "<foreignObject>" + image},
		{"tables in tables", many("<table><tr><td>", 5_000) + image},
		{"formatting without end", many("<b><i><a>", 20_000) + "<p>" + image},
		{"an attribute of 10 MB", `<p title="` + many("a", 10<<20) + `">x</p>` + image},
		{"an address of 2 MB", `<a href="https://trap.example/` + many("a", 2<<20) + `">x</a>` + image},
		{"100,000 attributes", "<p" + many(" a=1", 100_000) + ">x</p>" + image},
		{"a comment without end", "<p>x</p><!--" + many("-", 500_000) + image},
		{"half a million less-than signs", many("<", 500_000) + image},
		{"entities that are none", many("&#x110000; &nosuch; & ", 30_000) + image},
		{"a word of 20,000 letters", "<h1>" + many("M", 20_000) + "</h1>" + image},
		{"10,000 pictures", many(`<img src="https://trap.example/x" alt="">`, 10_000)},
	}
}

// envelopes are the ways a mail has its HTML. What each says of its charset may
// be a lie.
var envelopes = []struct {
	name, top, before, charset, after string
	encode                            func(string) []byte
}{
	{name: "html alone", charset: "utf-8"},
	{name: "beside a text", charset: "utf-8",
		top:    "Content-Type: multipart/alternative; boundary=b\r\n\r\n",
		before: "--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nDear Mrs. Bell,\r\nsee https://trap.example/text?a=1.\r\n--b\r\n",
		after:  "\r\n--b--\r\n"},
	{name: "with pictures that are none", charset: "utf-8",
		top: "Content-Type: multipart/related; boundary=b\r\n\r\n", before: "--b\r\n",
		after: "\r\n" + untrue("picture", "image/png") + untrue("document", "image/svg+xml") + untrue("page", "text/html") + "--b--\r\n"},
	{name: "UTF-16", charset: "utf-16", encode: utf16WithMark},
	{name: "UTF-8 that is called UTF-16", charset: "utf-16le"},
	{name: "UTF-16 that is called Latin", charset: "iso-8859-1", encode: utf16WithMark},
	{name: "UTF-7", charset: "utf-7", encode: func(s string) []byte {
		return []byte(strings.NewReplacer("<", "+ADw-", ">", "+AD4-", `"`, "+ACI-").Replace(s))
	}},
	{name: "ISO-2022-JP", charset: "iso-2022-jp", encode: func(s string) []byte { return []byte("\x1b(J" + s) }},
	{name: "overlong", charset: "utf-8", encode: func(s string) []byte { return []byte(strings.ReplaceAll(s, "<", "<\xc0\xbc\xe0\x80\xbc")) }},
	{name: "no such charset", charset: `x-user-defined"; x="`},
}

// untrue is a part that calls SVG, which runs, by another name.
func untrue(id, mediaType string) string {
	return "--b\r\nContent-Type: " + mediaType + "; name=" + id + "\r\nContent-Disposition: inline\r\nContent-ID: <" + id + ">\r\n\r\n" +
		`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>` + "\r\n"
}

func utf16WithMark(s string) []byte {
	b := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return b
}

// hostileMail puts HTML into the nth way to send it.
func hostileMail(n int, html string) []byte {
	e := envelopes[n%len(envelopes)]
	content := []byte(html)
	if e.encode != nil {
		content = e.encode(html)
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "From: Dr. Ana Reyes <reyes@lakeside.example>\r\nTo: 2114367789@secure.text\r\nSubject: Your results\r\nMIME-Version: 1.0\r\n")
	b.WriteString(e.top + e.before)
	fmt.Fprintf(&b, "Content-Type: text/html; charset=\"%s\"\r\nContent-Transfer-Encoding: base64\r\n\r\n", e.charset)
	for text := base64.StdEncoding.EncodeToString(content); text != ""; {
		line := text[:min(76, len(text))]
		b.WriteString(line + "\r\n")
		text = text[len(line):]
	}
	b.WriteString(e.after)
	return b.Bytes()
}

// mailbox takes real mail in for the clinic, by LMTP.
type mailbox struct {
	*clinic
	client *smtp.Client
}

func (c *clinic) mailbox() *mailbox {
	c.Helper()
	log := slog.New(slog.DiscardHandler)
	door := &gateway.SMTP{Door: gateway.DoorLMTP, Hostname: "mx.secure.text", Domains: []string{"secure.text"}, Log: log, Intake: &gateway.Intake{
		Store: c.store, Directory: c.store, Verdicts: c.store, Keys: c.keys, Index: c.index, Nudge: func() {}, Now: c.clock, Log: log,
		Metrics: gateway.NewMetrics(nil),
	}}
	l, err := net.Listen("unix", filepath.Join(c.TempDir(), "lmtp"))
	if err != nil {
		c.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- door.Run(ctx, l) }()
	c.Cleanup(func() { cancel(); <-done })
	conn, err := net.Dial("unix", l.Addr().String())
	if err != nil {
		c.Fatal(err)
	}
	c.Cleanup(func() { conn.Close() })
	return &mailbox{c, smtp.NewClientLMTP(conn)}
}

// send hands a mail in and has its link texted; false: it was refused in words.
func (m *mailbox) send(mail []byte) (delivered, bool) {
	m.Helper()
	err := m.client.SendMail("reyes@lakeside.example", []string{"2114367789@secure.text"}, bytes.NewReader(mail))
	var refused *smtp.SMTPError
	if errors.As(err, &refused) && refused.Code/100 == 5 {
		return delivered{}, false
	}
	if err != nil {
		m.Fatalf("hand in the mail: %v", err)
	}
	for id, token := range m.text() {
		return delivered{ID: id, Token: token}, true
	}
	m.Fatal("no link was texted")
	return delivered{}, false
}
