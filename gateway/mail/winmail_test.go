package mail_test

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"securetext/gateway/mail"
)

// tnefOf writes a TNEF stream of attributes.
func tnefOf(attributes ...[]byte) []byte {
	return slices.Concat([]byte{0x78, 0x9f, 0x3e, 0x22, 1, 0}, bytes.Join(attributes, nil))
}

func attr(level byte, id uint32, value []byte) []byte {
	var sum uint16
	for _, c := range value {
		sum += uint16(c)
	}
	b := append([]byte{level}, le32(id)...)
	b = append(b, le32(uint32(len(value)))...)
	b = append(b, value...)
	return binary.LittleEndian.AppendUint16(b, sum)
}

func le32(n uint32) []byte { return binary.LittleEndian.AppendUint32(nil, n) }

// propsOf writes a list of MAPI properties.
func propsOf(props ...[]byte) []byte {
	return append(le32(uint32(len(props))), bytes.Join(props, nil)...)
}

func prop(kind, id uint16, value []byte) []byte {
	b := binary.LittleEndian.AppendUint16(nil, kind)
	b = binary.LittleEndian.AppendUint16(b, id)
	if kind == 0x3 {
		return append(b, value...)
	}
	b = append(b, le32(1)...)
	b = append(b, le32(uint32(len(value)))...)
	return append(b, pad(value)...)
}

func pad(b []byte) []byte { return append(slices.Clip(b), make([]byte, -len(b)&3)...) }

func wide(s string) []byte {
	var b []byte
	for _, c := range utf16.Encode([]rune(s + "\x00")) {
		b = binary.LittleEndian.AppendUint16(b, c)
	}
	return b
}

// Attributes and properties by their names in MS-OXTNEF and MS-OXPROPS.
const (
	attBody, attMsgProps, attRenddata, attTitle, attData, attAttachment, attCodepage = 0x2800c, 0x69003, 0x69002, 0x18010, 0x6800f, 0x69005, 0x69007
	ptLong, ptObject, ptString, ptUnicode, ptBinary                                  = 0x3, 0xd, 0x1e, 0x1f, 0x102
)

func winmail(stream []byte, more ...string) string {
	part := "Content-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: base64\n\n" +
		base64.StdEncoding.EncodeToString(stream)
	return multi("mixed", append(more, part)...)
}

// The sample of MS-OXRTFCP section 3.1.1: "{\rtf1\ansi\ansicpg1252\pard hello world}".
var helloRTF, _ = hex.DecodeString("2d0000002b0000004c5a4675f1c5c7a703000a00726370673132354232" + "0af32068656c090020627705b06c647d0a800fa0")

// plainRTF wraps RTF that is not compressed.
func plainRTF(s string) []byte {
	return slices.Concat(le32(uint32(len(s)+12)), le32(uint32(len(s))), []byte("MELA"), le32(0), []byte(s))
}

func TestWinmailFiles(t *testing.T) {
	inner := tnefOf(attr(1, attBody, []byte("Inner words\x00")),
		attr(2, attRenddata, nil), attr(2, attTitle, []byte("in.txt\x00")), attr(2, attData, []byte("deep")))
	named := slices.Concat(le32(0x8001<<16|ptUnicode), make([]byte, 16), le32(1), le32(6), pad(wide("ab")[:6]), le32(1), le32(4), []byte("x\x00y\x00"))
	stream := tnefOf(
		attr(1, attCodepage, append(le32(1251), le32(0)...)),
		attr(2, attRenddata, make([]byte, 14)), attr(2, attTitle, []byte("RESULT~1.PDF\x00")), attr(2, attData, []byte("%PDF")),
		attr(2, attAttachment, propsOf(named, prop(ptLong, 0x3705, le32(1)),
			prop(ptUnicode, 0x3707, wide("Résultat d'analyse.pdf")), prop(ptString, 0x370e, []byte("application/pdf\x00")))),
		attr(2, attRenddata, nil), attr(2, attTitle, []byte("\xd2\xe5\xf1\xf2.txt\x00")), attr(2, attData, []byte("abc")),
		attr(2, attRenddata, nil), attr(2, attAttachment, propsOf(prop(ptUnicode, 0x3001, wide("Other mail")),
			prop(ptObject, 0x3701, append(make([]byte, 16), inner...)))),
	)
	c := parse(t, winmail(stream, "\nHello"))
	want := []string{
		"Résultat d'analyse.pdf|application/pdf||apart|%PDF", "Тест.txt|application/octet-stream||apart|abc",
		"in.txt|application/octet-stream||apart|deep", "Other mail.txt|text/plain||apart|Inner words",
	}
	if got := show(c); !slices.Equal(got.Files, want) || c.Partial || c.Text != "Hello" {
		t.Errorf("got %q, partial %v, text %q", got.Files, c.Partial, c.Text)
	}
}

func TestWinmailBody(t *testing.T) {
	const encapsulated = `{\rtf1\ansi\ansicpg1252\fromhtml1 \deff0{\fonttbl{\f0 Arial;}}{\*\generator X;}` +
		`{\*\htmltag64 <p>}\htmlrtf {\htmlrtf0 Caf\'e9 {\*\htmltag84 <b>}\htmlrtf\b\htmlrtf0 \u1058?\u1077?!{\*\htmltag92 </b>} a<b` +
		"\n" + `\htmlrtf }\htmlrtf0 {\*\htmltag72 </p>}}`
	cases := []struct {
		name       string
		props      []byte
		text, html string
	}{
		{"text", prop(ptUnicode, 0x1000, wide("Grüße")), "Grüße", ""},
		{"HTML", prop(ptBinary, 0x1013, []byte("<p>All is <b>well</b></p>")), "All is well", "<p>All is <b>well</b></p>"},
		{"RTF", prop(ptBinary, 0x1009, helloRTF), "hello world", ""},
		{"RTF, more of it", prop(ptBinary, 0x1009, plainRTF(`{\rtf1\ansi\uc1 One\par Two \u8211?{\uc2\u8364xx} {\*\x no}{\pict 00ff}\{3\}\~\'80}`)), "One\nTwo –€ {3}\u00a0€", ""},
		{"RTF with HTML in it", prop(ptBinary, 0x1009, plainRTF(encapsulated)), "Café Те! a<b", "<p>Café <b>Те!</b> a&lt;b</p>"},
	}
	for _, c := range cases {
		got := parse(t, winmail(tnefOf(attr(1, attMsgProps, propsOf(c.props)))))
		if got.Text != c.text || got.HTML != c.html || got.Partial || len(got.Attachments) != 0 {
			t.Errorf("%s: text %q, HTML %q, partial %v, %q", c.name, got.Text, got.HTML, got.Partial, show(got).Files)
		}
		if got := parse(t, winmail(tnefOf(attr(1, attMsgProps, propsOf(c.props))), "\nHello")); got.Text != "Hello" {
			t.Errorf("%s: it took the place of the mail's text: %q", c.name, got.Text)
		}
	}
}

func TestS18DamagedWinmail(t *testing.T) {
	file := slices.Concat(attr(2, attRenddata, nil), attr(2, attTitle, []byte("a.txt\x00")), attr(2, attData, []byte("abc")))
	huge := []byte{0xff, 0xff, 0xff, 0xff}
	cases := map[string][]byte{
		"cut off":              tnefOf(file, attr(2, attRenddata, nil)[:5]),
		"a length too long":    tnefOf(file, append([]byte{2, 0x0f, 0x80, 0x06, 0}, huge...)),
		"wrong checksum":       tnefOf(file[:len(file)-1], []byte{0x77}),
		"data of no file":      tnefOf(attr(2, attData, []byte("x")), file),
		"a billion values":     tnefOf(file, attr(1, attMsgProps, slices.Concat(le32(1), []byte{0x1f, 0, 0, 0x10}, huge))),
		"a billion properties": tnefOf(file, attr(1, attMsgProps, huge)),
		"a type unknown":       tnefOf(file, attr(1, attMsgProps, slices.Concat(le32(1), []byte{0x99, 0, 0, 0x10}))),
		"RTF too short":        tnefOf(file, attr(1, attMsgProps, propsOf(prop(ptBinary, 0x1009, helloRTF[:30])))),
	}
	for name, stream := range cases {
		c := parse(t, winmail(stream, "\nHello"))
		if got := show(c).Files; !c.Partial || len(got) != 2 || !strings.HasPrefix(got[0], "a.txt|") {
			t.Errorf("%s: partial %v, %q", name, c.Partial, got)
		}
	}
	if c := parse(t, winmail(tnefOf(), "\nHello")); len(c.Attachments) != 1 || c.Attachments[0].Name != "winmail.dat" {
		t.Errorf("nothing within: %q", show(c).Files)
	}
}

func TestS18WinmailLimits(t *testing.T) {
	file := slices.Concat(attr(2, attRenddata, nil), attr(2, attData, []byte("abc")))
	if c := parse(t, winmail(tnefOf(bytes.Repeat(file, 50)))); len(c.Attachments) != 50 {
		t.Errorf("50 files: %d", len(c.Attachments))
	}
	for _, raw := range []string{winmail(tnefOf(bytes.Repeat(file, 51))), winmail(tnefOf(bytes.Repeat(file, 50)), "Content-Type: image/png\n\nx")} {
		if _, err := mail.Parse([]byte(raw), mail.DefaultLimits); !errors.Is(err, mail.ErrTooComplex) {
			t.Errorf("51 files: got error %v, want ErrTooComplex", err)
		}
	}
	stream := tnefOf(file)
	for range 30 {
		stream = tnefOf(attr(2, attRenddata, nil), attr(2, attAttachment, propsOf(prop(ptObject, 0x3701, append(make([]byte, 16), stream...)))))
	}
	if c := parse(t, winmail(stream)); len(c.Attachments) != 1 || !bytes.HasPrefix(c.Attachments[0].Data, []byte{0x78, 0x9f}) {
		t.Errorf("mails 30 deep: %d files", len(c.Attachments))
	}
}
