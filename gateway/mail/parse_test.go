package mail_test

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"securetext/gateway/mail"
)

// parse reads a mail that must be accepted. LF line ends are made CRLF, as mail
// arrives.
func parse(t *testing.T, raw string) *mail.Content {
	t.Helper()
	c, err := mail.Parse([]byte(strings.ReplaceAll(raw, "\n", "\r\n")), mail.DefaultLimits)
	if err != nil {
		t.Fatalf("Parse: %v", err)
	}
	checkReadable(t, t.Name(), c)
	return c
}

// shown is a Content without its guards, so that a test can print it.
type shown struct {
	MessageID, Name, Addr, Subject, Text, HTML string
	Files                                      []string // name, type, id, inline, data
	Partial                                    bool
}

func show(c *mail.Content) shown {
	s := shown{c.MessageID, c.From.Name, c.From.Addr, c.Subject, c.Text, c.HTML, nil, c.Partial}
	for _, a := range c.Attachments {
		where := "apart"
		if a.Inline {
			where = "inline"
		}
		s.Files = append(s.Files, strings.Join([]string{a.Name, a.Type, a.ContentID, where, string(a.Data)}, "|"))
	}
	return s
}

func TestMailOfCommonPrograms(t *testing.T) {
	const png, pdf = "\x89PNG\r\n\x1a\n", "%PDF-1.7\n"
	cases := map[string]shown{
		"gmail.eml": {
			MessageID: "CAFx81pQ2nVb=7k@mail.gmail.com", Name: "Ana Peña, MD", Addr: "ana@clinic.example",
			Subject: "Your résult is ready – Ana",
			Text:    "Hello Lucía,\n\neverything is fine. [image: curve.png] Call us if you have a question, or see *page 2*.",
			HTML: `<div dir="ltr">Hello Lucía,<div><br></div><div>everything is fine.` + "\u00a0" +
				`<img src="cid:ii_m3x9" alt="curve.png"></div></div>` + "\r\n",
			Files: []string{"curve.png|image/png|ii_m3x9|inline|" + png, "résult.pdf|application/pdf||apart|" + pdf},
		},
		"outlook.eml": {
			MessageID: "BYAPR05MB4567DA8A0C6F1E9B3F3D0F2C8A1E9@BYAPR05MB4567.namprd05.prod.outlook.com",
			Name:      "Ana Pena, MD", Addr: "ana@clinic.example", Subject: "Résultat",
			Text: "Votre résultat est prêt. Prix\u00a0: 20 €.",
			HTML: "<html><head>\r\n" + `<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-1">` +
				`<style>p.MsoNormal{margin:0}</style></head><body lang="FR"><p class="MsoNormal">Votre résultat est prêt.` +
				`<img src="cid:image001.png@01DC5C90.3A1"></p></body></html>` + "\r\n",
			Files: []string{"image001.png|image/png|image001.png@01DC5C90.3A1|inline|" + png},
		},
		"apple.eml": {
			MessageID: "2B7A1A50-22FB@clinic.example", Name: "Ana Pena", Addr: "ana@clinic.example", Subject: "Two pictures",
			Text:  "This is a long paragraph that the program broke over two lines, but which is one.\n\n> quoted words\n\n—\nAna",
			HTML:  "<html><body>Before</body></html>\n<html><body>After</body></html>",
			Files: []string{"图 one.pdf|application/pdf||apart|" + pdf},
		},
	}
	for name, want := range cases {
		raw, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		for _, end := range []string{"\n", "\r\n"} {
			c, err := mail.Parse(bytes.ReplaceAll(raw, []byte("\n"), []byte(end)), mail.DefaultLimits)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			got := show(c)
			got.HTML, want.HTML = strings.ReplaceAll(got.HTML, "\r", ""), strings.ReplaceAll(want.HTML, "\r", "")
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s, lines ending in %q (-want +got):\n%s", name, end, diff)
			}
		}
	}
}

func TestBody(t *testing.T) {
	cases := []struct{ name, raw, text, html string }{
		{"no MIME at all", "From: a@b.c\n\nHello\n", "Hello", ""},
		{"HTML only", "Content-Type: text/html\n\n<p>Hello <b>you</b></p>", "Hello you", "<p>Hello <b>you</b></p>"},
		{"blank text beside HTML", multi("alternative", "\n\n \n", "Content-Type: text/html\n\n<p>Hi</p>"), "Hi", "<p>Hi</p>"},
		{"part without a header", multi("mixed", "\nOne", "\nTwo"), "One\n\nTwo", ""},
		{"HTML with a text footer", multi("mixed", "Content-Type: text/html\n\n<p>Hi</p>", "\nA <b> footer"),
			"Hi\n\nA <b> footer", "<p>Hi</p>\n<pre>A &lt;b&gt; footer</pre>"},
		{"HTML under the name of text", multi("alternative", "\nHi", "Content-Type: text/plain\n\n<p>Hi</p>"), "Hi", ""},
		{"only text is a named part", multi("mixed", "Content-Type: text/plain; name=a.txt\n\nHi"), "Hi", ""},
		{"undeclared UTF-8", "From: a@b.c\n\ncaf\xc3\xa9", "café", ""},
		{"undeclared windows-1252", "From: a@b.c\n\ncaf\xe9 \x80", "café €", ""},
		{"UTF-8 said to be Latin-1", "Content-Type: text/plain; charset=iso-8859-1\n\ncaf\xc3\xa9", "café", ""},
		{"Latin-1 said to be UTF-8", "Content-Type: text/plain; charset=utf-8\n\ncaf\xe9", "café", ""},
		{"unknown charset", "Content-Type: text/plain; charset=x-unknown\n\ncaf\xe9", "café", ""},
		{"Japanese", "Content-Type: text/plain; charset=iso-2022-jp\n\n\x1b$B$3$s$K$A$O\x1b(B", "こんにちは", ""},
		{"Korean", "Content-Type: text/plain; charset=ks_c_5601-1987\n\n\xbe\xc8\xb3\xe7", "안녕", ""},
		{"Japanese, undeclared", "From: a@b.c\n\n\x1b$B$3$s$K$A$O\x1b(B", "こんにちは", ""},
		{"Japanese said to be ASCII", "Content-Type: text/plain; charset=us-ascii\n\n\x1b$B$3$s$K$A$O\x1b(B", "こんにちは", ""},
		{"UTF-8 said to be KOI8-R", "Content-Type: text/plain; charset=koi8-r\n\nТест", "Тест", ""},
		{"UTF-16 with a mark", "From: a@b.c\nContent-Transfer-Encoding: base64\n\n//5IAGkArCA=", "Hi€", ""},
		{"UTF-7", "Content-Type: text/plain; charset=utf-7\n\nHi Mom +Jjo--!, 1 +- 1, +2D3eAA, +A", "Hi Mom ☺-!, 1 + 1, 😀, ", ""},
		{"UTF-7 undeclared", "From: a@b.c\n\n+ADw-b+AD4-", "+ADw-b+AD4-", ""},
		{"UTF-7 HTML", "Content-Type: text/html; charset=unicode-1-1-utf-7\n\n+ADw-p+AD4-Hi", "Hi", "<p>Hi"},
		{"charset in the HTML", "Content-Type: text/html\n\n<meta charset=koi8-r><p>\xf4\xc5\xd3\xd4", "Тест", "<meta charset=koi8-r><p>Тест"},
		{"never encoded", "Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\nThis is, plainly, plain text.", "This is, plainly, plain text.", ""},
		{"base64 in two runs", "From: a@b.c\nContent-Transfer-Encoding: base64\n\nSGVsbG8=\nIHlvdQ==", "Hello you", ""},
		{"base64 cut off", "From: a@b.c\nContent-Transfer-Encoding: base64\n\nSGVsbG8geW91IQ", "Hello you!", ""},
		{"base64 over odd lines", "From: a@b.c\nContent-Transfer-Encoding: BASE64 \n\nSGV\n sbG8\n\ngeW91", "Hello you", ""},
		{"escapes in small letters, blanks at line ends", "From: a@b.c\nContent-Transfer-Encoding: Quoted-Printable\n\ncaf=c3=a9 =  \nau lait=20\nx=", "café au lait \nx", ""},
		{"flowed", "Content-Type: text/plain; format=flowed\n\nOne \nline.\n  stuffed \n> quoted \n> more\n>> deeper \n-- \nAna", "One line.\n stuffed \n> quoted more\n>> deeper \n-- \nAna", ""},
		{"flowed, blanks deleted", "Content-Type: text/plain; format=flowed; delsp=yes\n\n日本 \n語", "日本語", ""},
		{"wrong escapes", "From: a@b.c\nContent-Transfer-Encoding: quoted-printable\n\n1 =3D 1, 100=ZZ =", "1 = 1, 100=ZZ ", ""},
		{"uuencode", "From: a@b.c\nContent-Transfer-Encoding: x-uuencode\n\nbegin 644 a\n#0V%T\n`\nend\n", "Cat", ""},
	}
	for _, c := range cases {
		got := parse(t, c.raw)
		if strings.Trim(got.Text, "\n") != c.text || strings.ReplaceAll(got.HTML, "\r", "") != c.html {
			t.Errorf("%s: text %q, HTML %q; want %q, %q", c.name, got.Text, got.HTML, c.text, c.html)
		}
	}
}

// multi returns a multipart of the given parts, each with its header.
func multi(kind string, parts ...string) string {
	var b strings.Builder
	b.WriteString("From: a@b.c\nContent-Type: multipart/" + kind + "; boundary=edge\n\n")
	for _, p := range parts {
		b.WriteString("--edge\n" + p + "\n")
	}
	b.WriteString("--edge--\n")
	return b.String()
}

func TestS18MalformedIsAcceptedWithTheOriginal(t *testing.T) {
	cases := []struct{ name, raw, text string }{
		{"no end of the multipart", "Content-Type: multipart/mixed; boundary=x\n\n--x\n\nHello", "Hello"},
		{"no boundary", "Content-Type: multipart/mixed\n\n--x\n\nHello\n--x--\n", "Hello"},
		{"boundary never seen", "Content-Type: multipart/mixed; boundary=x\n\nHello", "Hello"},
		{"text after the end", "Content-Type: multipart/mixed; boundary=x\n\n--x\n\nHello\n--x--\n\n--x\n\nMore", "Hello"},
		{"rubbish in the header", "From: a@b.c\n== rubbish ==\nSubject: hi\n\nHello", "Hello"},
		{"blank line forgotten", "From: a@b.c\nHello there\nyou", "Hello there\nyou"},
		{"unknown encoding", "From: a@b.c\nContent-Transfer-Encoding: rot13\n\nUryyb", "Uryyb"},
		{"base64 with rubbish", "From: a@b.c\nContent-Transfer-Encoding: base64\n\nSGVs!!bG8=", "Hello"},
		{"two types", "Content-Type: text/plain\nContent-Type: text/html\n\nHello", "Hello"},
		{"a type that is none", "Content-Type: =?x?=\n\nHello", "Hello"},
		{"header begins with a fold", " Received: x\nFrom: a@b.c\n\nHello", "Hello"},
	}
	for _, c := range cases {
		got := parse(t, c.raw)
		if !got.Partial || strings.Trim(got.Text, "\r\n") != c.text {
			t.Errorf("%s: partial %v, text %q; want %q", c.name, got.Partial, got.Text, c.text)
			continue
		}
		original := got.Attachments[len(got.Attachments)-1].Data
		if string(original) != strings.ReplaceAll(c.raw, "\n", "\r\n") {
			t.Errorf("%s: the original is not as it came", c.name)
		}
	}
}

func TestRefused(t *testing.T) {
	cases := []struct {
		name, raw string
		want      error
	}{
		{"nothing", "", mail.ErrNotMail},
		{"blank lines", "\r\n\r\n", mail.ErrNotMail},
		{"prose", "Hello, this is no mail.\nNot at all.\n", mail.ErrNotMail},
		{"a note with a colon", "Note: take two a day\n\nand rest", mail.ErrNotMail},
		{"binary", "\x89PNG\r\n\x1a\n\x00\x00", mail.ErrNotMail},
		{"header only", "From: a@b.c\r\nTo: d@e.f\r\n", mail.ErrUnreadable},
		{"blank body", "From: a@b.c\n\n \n\t\n", mail.ErrUnreadable},
		{"blank HTML", "Content-Type: text/html\n\n<html><head><title>x</title></head><body></body></html>", mail.ErrUnreadable},
		{"damaged and blank", "Content-Type: multipart/mixed; boundary=x\n\n--x\n\n", mail.ErrUnreadable},
	}
	for _, c := range cases {
		if _, err := mail.Parse([]byte(c.raw), mail.DefaultLimits); !errors.Is(err, c.want) {
			t.Errorf("%s: got error %v, want %v", c.name, err, c.want)
		}
	}
}

func TestS18HTMLBeyondMeasure(t *testing.T) {
	for name, source := range map[string]string{
		"long text": strings.Repeat("<p>All is well.\n", 400_000),
		"long tag":  "<p>All is well.<img alt=x src='" + strings.Repeat("data\n", 2<<20) + "'>",
	} {
		limits := mail.DefaultLimits
		limits.Budget = time.Minute
		c, err := mail.Parse([]byte("Content-Type: text/html\n\n"+source), limits)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if !c.Partial || !strings.HasPrefix(c.Text, "All is well.") || c.HTML != source {
			t.Errorf("%s: partial %v, %d bytes of HTML of %d", name, c.Partial, len(c.HTML), len(source))
		}
	}
}
