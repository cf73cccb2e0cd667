package mail

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// FuzzWinmail opens streams as they would come out of a mail's base64.
func FuzzWinmail(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte("\x02\x02\x90\x06\x00\x00\x00\x00\x00\x00\x00\x02\x0f\x80\x06\x00\x03\x00\x00\x00abc\x26\x01"))
	f.Add([]byte("\x01\x03\x90\x06\x00\x18\x00\x00\x00\x01\x00\x00\x00\x1f\x00\x00\x10\x01\x00\x00\x00\x04\x00\x00\x00h\x00i\x00\x00\x00\x00\x00\x05\x01"))
	f.Add([]byte("\x01\x03\x90\x06\x00\x0c\x00\x00\x00\x01\x00\x00\x00\x09\x10\x02\x01\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, attributes []byte) {
		r := &reader{limits: DefaultLimits, until: deadline(time.Now().Add(time.Minute))}
		body, err := r.open(slices.Concat(tnefMark, []byte{0, 0}, attributes), 1)
		total := 0
		for _, a := range r.files {
			total += len(a.Data)
		}
		if len(r.files) > DefaultLimits.Attachments || r.inflated > maxRTF || total > maxWrapped*len(attributes)+3*maxRTF {
			t.Errorf("%d files of %d bytes, %d bytes of RTF", len(r.files), total, r.inflated)
		}
		if err == nil && !(utf8.ValidString(body.text) && utf8.ValidString(body.html)) {
			t.Error("a body that is no UTF-8")
		}
	})
}

// FuzzRTF reads RTF as it is, and as if it were compressed.
func FuzzRTF(f *testing.F) {
	f.Add([]byte(`{\rtf1\ansi\ansicpg932\fromhtml1{\*\htmltag1 <p>}\htmlrtf\par\htmlrtf0 a\'82\'a0\u-10179?\u-8704?\uc3\u1 abc\bin3}}}\{{`))
	f.Add([]byte("\x2d\x00\x00\x00\x2b\x00\x00\x00LZFu\xf1\xc5\xc7\xa7\x03\x00\x0a\x00rcpg125B2\x0a\xf3 hel\x09\x00 bw\x05\xb0ld}\x0a\x80\x0f\xa0"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if text, _ := readRTF(b); !utf8.ValidString(text) {
			t.Errorf("text that is no UTF-8: %q", text)
		}
		const most = 1000
		if out, _ := inflateRTF(b, most); len(out) > most {
			t.Errorf("%d bytes where %d were allowed", len(out), most)
		}
	})
}

func FuzzSummary(f *testing.F) {
	f.Add("BEGIN:VEVENT\r\nSUMMARY;X=\":\":a\\, b\r\n  c\r\nDTSTART;TZID=\"x\":20260101T000000\r\nDTEND:20260102\r\nEND:VEVENT")
	f.Fuzz(func(t *testing.T, calendar string) {
		if calendar = strings.ToValidUTF8(calendar, ""); !utf8.ValidString(summary(calendar)) {
			t.Error("a summary that is no UTF-8")
		}
	})
}

// FuzzFold holds both folds to their promise: there is something to read before
// them, and after.
func FuzzFold(f *testing.F) {
	f.Add("Hi\n\nOn 3 Nov, L wrote:\n> x\n-- \nA")
	f.Add("Hi\n____________\nFrom: a\nSent: b\nTo: c\nSubject: d\n\nx")
	f.Add(`Hi<div class="gmail_quote">x<div>y</div></div><br><blockquote type=cite>z</blockquote><style>`)
	f.Fuzz(func(t *testing.T, s string) {
		for _, history := range []bool{true, false} {
			if at := foldText(s, history); at != 0 && (blank(s[:at]) || blank(s[at:])) {
				t.Errorf("text: all or nothing is folded at %d", at)
			}
			r := &reader{limits: DefaultLimits, until: deadline(time.Now().Add(time.Minute))}
			at, err := r.foldAt(s, history)
			if err != nil || at < 0 || at > len(s) || at != 0 && s[at] != '<' {
				t.Errorf("HTML: folded at %d, %v", at, err)
			}
		}
	})
}
