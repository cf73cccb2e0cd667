package mail_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"securetext/gateway/mail"
)

// large is the size of a bomb that grows with its bytes.
const large = 8 << 20 / slowdown

const (
	plainHead = "Subject: s\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
	htmlHead  = "Subject: s\r\nContent-Type: text/html\r\n\r\n"
)

func lines(line string) string { return strings.Repeat(line+"\r\n", large/(len(line)+2)) }

// bombs are mails made to be slow or large to read, some of them within all limits.
var bombs = func() map[string]func() string {
	all := make(map[string]func() string)
	for _, kind := range []map[string]func() string{structureBombs, headerBombs, codingBombs, htmlBombs, textBombs, outlookBombs} {
		for name, build := range kind {
			all[name] = build
		}
	}
	return all
}()

const junk = "012345678901234567890123456789012345678901234567890123456789"

var structureBombs = map[string]func() string{
	"1,000 multiparts in each other": func() string { return nested(1000, "b") + "x" },
	"20 multiparts, none ended":      func() string { return nested(20, "b") + lines("--b") },
	"almost boundaries":              func() string { return nested(20, junk) + lines("--"+junk+"x") },
	"dashes":                         func() string { return nested(20, "-") + lines("--") },
	"ends of outer parts":            func() string { return nested(20, "b") + lines("--b0--") },
	"100,000 parts":                  func() string { return string(manyParts(100_000, "\r\nx")) },
	"parts without a header":         func() string { return string(manyParts(1_000_000/slowdown, "")) },
	"200 alternatives": func() string {
		return multi("alternative", slices.Repeat([]string{"Content-Type: text/html\n\n<b>" + junk}, 200)...)
	},
	"200 digests":    func() string { return multi("digest", slices.Repeat([]string{"\nFrom: a@b.c\n\nx"}, 200)...) },
	"mails in mails": func() string { return strings.Repeat("Subject: s\r\nContent-Type: message/rfc822\r\n\r\n", large/60) },
	"a boundary of a megabyte": func() string {
		return "Subject: s\r\nContent-Type: multipart/mixed; boundary=\"" + strings.Repeat("\r\n b", 1<<18) + "\"\r\n\r\nx"
	},
	"boundaries to guess": func() string {
		return "Subject: s\r\n" + strings.Repeat("Content-Type: multipart/mixed\r\n\r\n--x\r\n", large/60)
	},
	"a boundary of blanks": func() string {
		return "Subject: s\r\nContent-Type: multipart/mixed; boundary=\" \"\r\n\r\n" + lines("-- ")
	},
}

var headerBombs = map[string]func() string{
	"100,000 fields":        func() string { return strings.Repeat("To: a@b.c\r\n", 100_000) + "\r\nx" },
	"a field of a megabyte": func() string { return "Subject: " + strings.Repeat("x\r\n ", 1<<18) + "\r\n\r\nx" },
	"folds of nothing":      func() string { return "Subject: s\r\n" + lines(" ") },
	"rubbish in the header": func() string {
		return "Subject: s\r\n" + strings.Repeat("rubbish\r\nrubbish\r\nSubject: x\r\n", 300) + "\r\nx"
	},
	"50,000 parameters": func() string {
		return "Subject: s\r\nContent-Type: text/plain" + strings.Repeat(";\r\n a=b", 50_000) + "\r\n\r\nx"
	},
	"parameters in pieces": func() string {
		return string(manyParts(200, "Content-Type: text/plain"+strings.Repeat("; n*1*=%25%zz%25%", 49)+"\r\n\r\nx"))
	},
	"quotes in parameters": func() string {
		return "Subject: s\r\nContent-Type: text/plain; name=" + strings.Repeat(`"\`, 30000) + "\r\n\r\nx"
	},
	"encoded words":         func() string { return "Subject:" + strings.Repeat(" =?utf-8?q?=41?=\r\n", 14000) + "\r\nx" },
	"encoded words cut off": func() string { return "Subject:" + strings.Repeat(" =?a?q?=?a?q?=?\r\n", 14000) + "\r\nx" },
	"encoded words, no end": func() string { return "Subject: " + strings.Repeat("=?a?q?", 10000) + "\r\n\r\nx" },
	"words in file names": func() string {
		return string(manyParts(50, "Content-Disposition: attachment; filename=\""+strings.Repeat("=?a?q?", 10000)+"\"\r\n\r\nx"))
	},
	"words in options": func() string {
		return strings.Repeat("X-SecureText-A: "+strings.Repeat("=?a?q?", 800)+"\r\n", 50) + "Subject: s\r\n\r\nx"
	},
	"comments in From":        func() string { return "From: " + strings.Repeat("(", 60000) + "\r\n\r\nx" },
	"addresses in From":       func() string { return "From: " + strings.Repeat("a@b,", 16000) + "\r\n\r\nx" },
	"domain literals in From": func() string { return "From: a@" + strings.Repeat("[", 60000) + "\r\n\r\nx" },
	"quotes in From":          func() string { return "From: " + strings.Repeat(`"\`, 30000) + "\r\n\r\nx" },
	"comments in To":          func() string { return strings.Repeat("To: "+strings.Repeat("(", 16000)+"\r\n", 15) + "\r\nx" },
	"groups in Cc":            func() string { return strings.Repeat("Cc: "+strings.Repeat("a:b@c,;", 2200)+"\r\n", 15) + "\r\nx" },
	"faults in Cc":            func() string { return strings.Repeat("Cc: "+strings.Repeat("<,\"a\\\" b,", 1600)+"\r\n", 15) + "\r\nx" },
}

var codingBombs = map[string]func() string{
	"base64 junk":            func() string { return "Subject: s\r\nContent-Transfer-Encoding: base64\r\n\r\n" + lines("!=A=!") },
	"base64 padding":         func() string { return "Subject: s\r\nContent-Transfer-Encoding: base64\r\n\r\n" + lines("====") },
	"base64, a digit a line": func() string { return "Subject: s\r\nContent-Transfer-Encoding: base64\r\n\r\n" + lines("A") },
	"quoted-printable junk": func() string {
		return "Subject: s\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" + lines("=\t=")
	},
	"soft line ends": func() string { return "Subject: s\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" + lines("=") },
	"uuencode junk": func() string {
		return "Subject: s\r\nContent-Transfer-Encoding: uuencode\r\n\r\nbegin \r\n" + lines("M")
	},
	"UTF-16": func() string {
		return "Subject: s\r\nContent-Type: text/plain; charset=utf-16\r\n\r\n" + lines("\x00\xd8")
	},
	"UTF-7": func() string {
		return "Subject: s\r\nContent-Type: text/plain; charset=utf-7\r\n\r\n" + lines("+A+B-+-+AAAA")
	},
	"bad UTF-8":        func() string { return plainHead + "\xc3\xa9" + lines("\xff\xfe\xc3") },
	"ISO-2022-JP":      func() string { return "Subject: s\r\n\r\n" + lines("\x1b$B\x1b(B\x1b$B") },
	"carriage returns": func() string { return "Subject: s\r\r" + strings.Repeat("\r", large) },
	"line feeds":       func() string { return "Subject: s\n\n" + strings.Repeat("\n", large) },
	"nulls":            func() string { return "Subject: s\n\n" + lines("\x00") },
}

var htmlBombs = map[string]func() string{
	"open elements":         func() string { return htmlHead + lines("<div><a href=http://x><b><li>x") },
	"attributes":            func() string { return htmlHead + lines("<a"+strings.Repeat(" a=b", 15000)+">") },
	"one tag of attributes": func() string { return htmlHead + "<a" + lines(" a b c d e f") + ">" },
	"entities":              func() string { return htmlHead + lines("&amp;&#x1F600;&notanentity;&") },
	"comments":              func() string { return htmlHead + lines("<!--") },
	"scripts":               func() string { return htmlHead + lines("<script><!--<script></script") },
	"styles":                func() string { return htmlHead + lines("<style>") },
	"cid links":             func() string { return htmlHead + lines("cid:cid:cid:") },
	"breaks":                func() string { return htmlHead + lines("<br><br><p></pre><pre> ") },
	"quotes to fold":        func() string { return htmlHead + "x" + lines("<div class=gmail_quote>a<div class='a b c d'>") },
	"quotes between text":   func() string { return htmlHead + lines("a<blockquote type=cite>b</blockquote>") },
}

var textBombs = map[string]func() string{
	"flowed quotes":    func() string { return "Subject: s\r\nContent-Type: text/plain; format=flowed\r\n\r\n" + lines("> a ") },
	"headers to fold":  func() string { return plainHead + strings.Repeat("From: a\r\n", 1<<20/9-20) },
	"quotes and rules": func() string { return plainHead + "On 1" + strings.Repeat("\r\n> \r\n-- \r\n____________", 30_000) },
	"who wrote": func() string {
		return plainHead + strings.Repeat("On 1 wrote wrote wrote", 40_000)[:60_000] + ":\r\n> x"
	},
	"dashes to fold": func() string {
		return plainHead + strings.Repeat("--- original message"+strings.Repeat("-", 70)+"\r\n", 10_000)
	},
	"appointments": func() string {
		return "Subject: s\r\nContent-Type: text/calendar\r\n\r\n" + lines("BEGIN:VEVENT\r\nSUMMARY:a\r\nDTSTART:20260101\r\nEND:VEVENT")
	},
	"calendar folds": func() string {
		return "Subject: s\r\nContent-Type: text/calendar\r\n\r\nBEGIN:VEVENT\r\nSUMMARY:" + lines("\\n\r\n ")
	},
	"calendar quotes": func() string {
		return "Subject: s\r\nContent-Type: text/calendar\r\n\r\nBEGIN:VEVENT\r\n" + lines("DTSTART;TZID=\":\";\"")
	},
}

var outlookBombs = map[string]func() string{
	"TNEF of nothing":        func() string { return wrapped(bytes.Repeat(attr(1, attBody, nil), large/22)) },
	"TNEF, a million files":  func() string { return wrapped(bytes.Repeat(attr(2, attRenddata, nil), large/22)) },
	"TNEF, lengths of 4 GiB": func() string { return wrapped(bytes.Repeat([]byte{0xff}, large/2)) },
	"MAPI, empty values": func() string {
		return wrapped(attr(1, attMsgProps, append([]byte{255, 255, 255, 0, 2, 0x11, 0, 0x10, 255, 255, 255, 0}, make([]byte, large/2)...)))
	},
	"MAPI, names": func() string {
		return wrapped(attr(1, attMsgProps, append(le32(1<<20), bytes.Repeat(append([]byte{3, 0, 0, 0x80}, make([]byte, 28)...), large/64)...)))
	},
	"Outlook mails in each other": func() string {
		stream := tnefOf(attr(2, attRenddata, nil), attr(2, attData, make([]byte, large/8)))
		for range 100 {
			stream = tnefOf(attr(2, attRenddata, nil), attr(2, attAttachment, propsOf(prop(ptObject, 0x3701, append(make([]byte, 16), stream...)))))
		}
		return winmailCRLF(stream)
	},
	"RTF that swells": func() string {
		return wrapped(attr(1, attMsgProps, propsOf(prop(ptBinary, 0x1009, swelling(large/2)))))
	},
	"50 RTFs that swell": func() string {
		inner := tnefOf(attr(1, attMsgProps, propsOf(prop(ptBinary, 0x1009, swelling(large/100)))))
		return wrapped(bytes.Repeat(slices.Concat(attr(2, attRenddata, nil), attr(2, attAttachment, propsOf(prop(ptObject, 0x3701, append(make([]byte, 16), inner...))))), 50))
	},
	"RTF groups": func() string {
		return wrapped(attr(1, attMsgProps, propsOf(prop(ptBinary, 0x1009, plainRTF(strings.Repeat("{", large/2))))))
	},
	"RTF controls": func() string {
		return wrapped(attr(1, attMsgProps, propsOf(prop(ptBinary, 0x1009, plainRTF(strings.Repeat(`\par\u-1?\'ff\bin9999999999 `, large/60))))))
	},
}

// wrapped is a mail of one winmail.dat.
func wrapped(attributes []byte) string { return winmailCRLF(tnefOf(attributes)) }

func winmailCRLF(stream []byte) string {
	coded := base64.StdEncoding.EncodeToString(stream)
	var b strings.Builder
	b.WriteString("Subject: s\r\nContent-Type: application/ms-tnef\r\nContent-Transfer-Encoding: base64\r\n\r\n")
	for line := range slices.Chunk([]byte(coded), 76) {
		b.Write(line)
		b.WriteString("\r\n")
	}
	return b.String()
}

// swelling is compressed RTF of n bytes that all copy as much as they can.
func swelling(n int) []byte {
	return slices.Concat(le32(uint32(n)), le32(1<<31-1), []byte("LZFu"), le32(0), bytes.Repeat([]byte{0xff, 0x00, 0x0f, 0x00, 0x1f, 0x00, 0x2f, 0x00, 0x3f, 0x00, 0x4f, 0x00, 0x5f, 0x00, 0x6f, 0x00, 0x7f}, n/17))
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

// TestS18Bombs holds every bomb to 2 s and 100 MiB. The budget of a real mail is
// in time as it passes, so that none is ever answered later.
func TestS18Bombs(t *testing.T) {
	if len(bombs) < 60 {
		t.Errorf("only %d bombs", len(bombs))
	}
	for name, build := range bombs {
		t.Run(name, func(t *testing.T) {
			raw := []byte(build())
			start := time.Now()
			peak := peakOf(func() {
				c, err := within(t, raw)
				switch {
				case err == nil:
					checkReadable(t, name, c)
				case errors.Is(err, mail.ErrTooSlow):
					t.Error(err)
				}
				t.Log(err)
			})
			t.Logf("%d KiB of mail: %v, %d MiB", len(raw)>>10, time.Since(start), peak>>20)
			if peak > 100<<20 {
				t.Errorf("memory went up by %d MiB", peak>>20)
			}
		})
	}
}

// peakOf is by how much the heap grows at most while f runs.
func peakOf(f func()) (most uint64) {
	inUse := func() uint64 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapInuse
	}
	runtime.GC()
	before := inUse()
	ended, sampled := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(sampled)
		for {
			most = max(most, inUse())
			select {
			case <-ended:
				return
			case <-time.After(time.Millisecond):
			}
		}
	}()
	f()
	close(ended)
	<-sampled
	return most - min(before, most)
}
