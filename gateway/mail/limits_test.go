package mail_test

import (
	"bytes"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"securetext/gateway/mail"
)

// within runs Parse and holds it to the budget, and to allocations of a small
// multiple of the mail's size, all told.
func within(t *testing.T, raw []byte) (*mail.Content, error) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	limits := mail.DefaultLimits
	limits.Budget *= slowdown
	start := time.Now()
	c, err := mail.Parse(raw, limits)
	took := time.Since(start)
	runtime.ReadMemStats(&after)
	if took > limits.Budget {
		t.Errorf("took %v", took)
	}
	if used, most := after.TotalAlloc-before.TotalAlloc, uint64(18*len(raw)+4<<20); used > most {
		t.Errorf("allocated %d KiB for %d KiB of mail", used>>10, len(raw)>>10)
	}
	if err != nil && refused(err) == nil {
		t.Errorf("error %v is none of the sentinels", err)
	}
	return c, err
}

// mustRefuse checks one limit: a mail at it passes, the next one does not.
func mustRefuse(t *testing.T, limit int, build func(n int) []byte) {
	t.Helper()
	if _, err := within(t, build(limit)); err != nil {
		t.Errorf("at the limit of %d: %v", limit, err)
	}
	for _, n := range []int{limit + 1, 50 * limit} {
		if _, err := within(t, build(n)); !errors.Is(err, mail.ErrTooComplex) {
			t.Errorf("at %d, over the limit of %d: got error %v, want ErrTooComplex", n, limit, err)
		}
	}
}

func TestS18Size(t *testing.T) {
	raw := append([]byte("Subject: large\r\n\r\n"), bytes.Repeat([]byte("0123456789abcde\n"), 25<<16)...)
	if _, err := within(t, raw[:25<<20]); err != nil {
		t.Errorf("25 MiB: %v", err)
	}
	if _, err := within(t, raw[:25<<20+1]); !errors.Is(err, mail.ErrTooLarge) {
		t.Errorf("25 MiB and a byte: got error %v, want ErrTooLarge", err)
	}
}

func TestS18HeaderBytes(t *testing.T) {
	mustRefuse(t, 256, func(n int) []byte {
		line := "X-Long: " + strings.Repeat("x", 1024-10) + "\r\n" // 1 KiB
		return []byte(strings.Repeat(line, n-1) + "Subject: " + strings.Repeat("s", 1024-13) + "\r\n\r\n")
	})
}

func TestS18HeaderBytesOfAPart(t *testing.T) {
	mustRefuse(t, 256, func(n int) []byte {
		folds := strings.Repeat(" "+strings.Repeat("x", 1024-3)+"\r\n", n-1)
		return []byte("Subject: s\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nX-Long:\r\n" + folds + "\r\n--b--\r\n")
	})
}

func TestS18HeaderFields(t *testing.T) {
	mustRefuse(t, 1000, func(n int) []byte {
		return []byte("Subject: s\r\n" + strings.Repeat("a: b\r\n", n-1) + "\r\n")
	})
}

func TestS18Line(t *testing.T) {
	mustRefuse(t, 64<<10, func(n int) []byte {
		return []byte("Subject: s\r\n\r\n" + strings.Repeat("x", n) + "\r\n")
	})
}

func TestS18Depth(t *testing.T) {
	mustRefuse(t, 20, func(n int) []byte {
		var b strings.Builder
		b.WriteString("Subject: deep\r\n")
		for i := range n {
			fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n", i, i)
		}
		b.WriteString("\r\nHello\r\n")
		for i := range n {
			fmt.Fprintf(&b, "--b%d--\r\n", n-1-i)
		}
		return []byte(b.String())
	})
}

func TestS18Parts(t *testing.T) {
	mustRefuse(t, 200, func(n int) []byte { return manyParts(n, "\r\nHello") })
}

func TestS18PartsOf100000(t *testing.T) {
	if _, err := within(t, manyParts(100_000, "\r\nx")); !errors.Is(err, mail.ErrTooComplex) {
		t.Errorf("got error %v, want ErrTooComplex", err)
	}
}

func TestS18Attachments(t *testing.T) {
	mustRefuse(t, 50, func(n int) []byte { return manyParts(n, "Content-Disposition: attachment\r\n\r\nHello") })
}

func manyParts(n int, part string) []byte {
	return []byte("Subject: s\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" + strings.Repeat("--b\r\n"+part+"\r\n", n) + "--b--\r\n")
}

func TestS18Params(t *testing.T) {
	for _, name := range []string{"Content-Type: text/plain", "Content-Disposition: inline"} {
		mustRefuse(t, 50, func(n int) []byte {
			return []byte("Subject: s\r\n" + name + strings.Repeat(";\r\n a=b", n) + "\r\n\r\nHello")
		})
	}
}

func TestS18Boundary(t *testing.T) {
	mustRefuse(t, 70, func(n int) []byte {
		b := strings.Repeat("b", n)
		return []byte("Subject: s\r\nContent-Type: multipart/mixed; boundary=" + b + "\r\n\r\n--" + b + "\r\n\r\nHello\r\n--" + b + "--\r\n")
	})
}

func TestS18Budget(t *testing.T) {
	limits := mail.DefaultLimits
	limits.Budget = -time.Second
	if _, err := mail.Parse([]byte("Subject: s\r\n\r\nHello"), limits); !errors.Is(err, mail.ErrTooSlow) {
		t.Errorf("got error %v, want ErrTooSlow", err)
	}
}

// TestS18Bombs builds mails that are within the limits and made to be slow.
func TestS18Bombs(t *testing.T) {
	const large = 8 << 20 / slowdown
	lines := func(line string) string { return strings.Repeat(line+"\r\n", large/(len(line)+2)) }
	html := "Subject: s\r\nContent-Type: text/html\r\n\r\n"
	junk := "0123456789012345678901234567890123456789012345678901234567890123456789"
	bombs := map[string]string{
		"encoded words":           "Subject:" + strings.Repeat(" =?utf-8?q?=41?=\r\n", 14000) + "\r\nx",
		"encoded words cut off":   "Subject:" + strings.Repeat(" =?a?q?=?a?q?=?\r\n", 14000) + "\r\nx",
		"encoded words, no end":   "Subject: " + strings.Repeat("=?a?q?", 10000) + "\r\n\r\nx",
		"words in file names":     string(manyParts(50, "Content-Disposition: attachment; filename=\""+strings.Repeat("=?a?q?", 10000)+"\"\r\n\r\nx")),
		"comments in From":        "From: " + strings.Repeat("(", 60000) + "\r\n\r\nx",
		"addresses in From":       "From: " + strings.Repeat("a@b,", 16000) + "\r\n\r\nx",
		"domain literals in From": "From: a@" + strings.Repeat("[", 60000) + "\r\n\r\nx",
		"quotes in From":          "From: " + strings.Repeat(`"\`, 30000) + "\r\n\r\nx",
		"quotes in parameters":    "Subject: s\r\nContent-Type: text/plain; name=" + strings.Repeat(`"\`, 30000) + "\r\n\r\nx",
		"almost boundaries":       nested(20, junk[:60]) + lines("--"+junk[:60]+"x"),
		"dashes":                  nested(20, "-") + lines("--"),
		"rubbish in the header":   "Subject: s\r\n" + strings.Repeat("rubbish\r\nrubbish\r\nSubject: x\r\n", 300) + "\r\nx",
		"base64 junk":             "Subject: s\r\nContent-Transfer-Encoding: base64\r\n\r\n" + lines("!=A=!"),
		"base64 padding":          "Subject: s\r\nContent-Transfer-Encoding: base64\r\n\r\n" + lines("===="),
		"quoted-printable junk":   "Subject: s\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" + lines("=\t="),
		"uuencode junk":           "Subject: s\r\nContent-Transfer-Encoding: uuencode\r\n\r\nbegin \r\n" + lines("M"),
		"flowed quotes":           "Subject: s\r\nContent-Type: text/plain; format=flowed\r\n\r\n" + lines("> a "),
		"open elements":           html + lines("<div><a href=http://x><b><li>x"),
		"attributes":              html + lines("<a"+strings.Repeat(" a=b", 15000)+">"),
		"one tag of attributes":   html + "<a" + lines(" a b c d e f") + ">",
		"entities":                html + lines("&amp;&#x1F600;&notanentity;&"),
		"comments":                html + lines("<!--"),
		"scripts":                 html + lines("<script><!--<script></script"),
		"styles":                  html + lines("<style>"),
		"cid links":               html + lines("cid:cid:cid:"),
		"breaks":                  html + lines("<br><br><p></pre><pre> "),
		"UTF-16":                  "Subject: s\r\nContent-Type: text/plain; charset=utf-16\r\n\r\n" + lines("\x00\xd8"),
		"bad UTF-8":               "Subject: s\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\xc3\xa9" + lines("\xff\xfe\xc3"),
		"carriage returns":        "Subject: s\r\r" + strings.Repeat("\r", large),
		"line feeds":              "Subject: s\n\n" + strings.Repeat("\n", large),
		"nulls":                   "Subject: s\n\n" + lines("\x00"),
	}
	for name, raw := range bombs {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			c, err := within(t, []byte(raw))
			t.Logf("%v, %v", time.Since(start), err)
			if err == nil {
				checkReadable(t, name, c)
			}
		})
	}
}

// nested opens n multiparts in each other whose boundaries begin alike.
func nested(n int, boundary string) string {
	var b strings.Builder
	b.WriteString("Subject: s\r\n")
	for i := range n {
		fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=%s%d\r\n\r\n--%s%d\r\n", boundary, i, boundary, i)
	}
	return b.String() + "\r\n"
}
