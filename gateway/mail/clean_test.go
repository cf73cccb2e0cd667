package mail_test

import (
	"strings"
	"testing"
)

func TestSubject(t *testing.T) {
	cases := map[string]string{
		"plain":                                      "plain",
		"=?utf-8?q?caf=C3=A9?=":                      "café",
		"=?UTF-8?B?Y2Fmw6k=?=":                       "café",
		"=?utf-8*fr?q?caf=C3=A9?=":                   "café", // RFC 2231 section 5
		"=?iso-8859-1?q?caf=E9?= noir":               "café noir",
		"=?utf-8?q?a?= =?utf-8?q?b?=":                "ab",
		"=?utf-8?q?a?=\n =?utf-8?q?b?=":              "ab",
		"=?utf-8?q?a?= b =?utf-8?q?c?=":              "a b c",
		"=?utf-8?q?caf=C3?= =?utf-8?q?=A9?=":         "café", // a character cut in two
		"=?utf-8?q?not quite legal?=":                "not quite legal",
		"x=?utf-8?q?caf=C3=A9?=y":                    "xcaféy",
		"=?utf-8?q?=?=":                              "=",
		"=?utf-8?x?a?=":                              "=?utf-8?x?a?=",
		"=?utf-8?q?a":                                "=?utf-8?q?a",
		"=?iso-2022-jp?B?GyRCJDMkcyRLJEEkTxsoQg==?=": "こんにちは",
		"caf\xe9":                                       "café",
		"=?utf-8?q?a=00b=0Dc?=":                         "a b c",
		"=?utf-8?q?a=E2=80=AEcod=2Eexe?=":               "acod.exe",
		"=?utf-8?q?=F0=9F=91=A9=E2=80=8D=F0=9F=91=A7?=": "👩\u200d👧", // joiners make one sign of two
	}
	for written, want := range cases {
		if got := parse(t, "Subject: "+written+"\n\nHello"); got.Subject != want {
			t.Errorf("%q: %q, want %q", written, got.Subject, want)
		}
	}
}

func TestFileNames(t *testing.T) {
	long := strings.Repeat("é", 200)
	cases := map[string]string{
		`attachment; filename=a.pdf`:                           "a.pdf",
		`attachment; filename="a b.pdf"`:                       "a b.pdf",
		`attachment; filename=a b.pdf`:                         "a b.pdf",
		`attachment; filename="a \"b\".pdf"`:                   "a _b_.pdf",
		`attachment; filename="C:\dir\a.pdf"`:                  "a.pdf",
		`attachment; filename="../../etc/passwd"`:              "passwd",
		`attachment; filename=".."`:                            "attachment.pdf",
		`attachment; filename=""`:                              "attachment.pdf",
		`attachment`:                                           "attachment.pdf",
		`attachment; filename=".htaccess"`:                     "htaccess",
		`attachment; filename*=utf-8''r%C3%A9sult.pdf`:         "résult.pdf",
		`attachment; filename*=iso-8859-1'fr'r%E9sult.pdf`:     "résult.pdf",
		`attachment; filename=plain.pdf; filename*=''b.pdf`:    "b.pdf",
		`attachment; filename*1=c.pdf; filename*0="a b"`:       "a bc.pdf",
		`attachment; filename*0*=utf-8''r%C3; filename*1*=%A9`: "ré",
		`attachment; filename="=?utf-8?q?r=C3=A9sult.pdf?="`:   "résult.pdf",
		`attachment; filename="=?utf-8?q?..=2Fa=0A.pdf?="`:     "a .pdf",
		`attachment; filename*=utf-8''a%E2%80%AEfdp.exe`:       "afdp.exe",
		`attachment; filename*=utf-8''100%`:                    "100%",
		`attachment; filename*=utf-8''` + long + `.pdf`:        strings.Repeat("é", 125) + ".pdf",
	}
	for written, want := range cases {
		c := parse(t, multi("mixed", "\nHello", "Content-Type: application/pdf\nContent-Disposition: "+written+"\n\n%PDF"))
		if len(c.Attachments) != 1 || c.Attachments[0].Name != want {
			t.Errorf("%q: %q, want %q", written, show(c).Files, want)
		}
	}
}

func TestHTMLToText(t *testing.T) {
	cases := map[string]string{
		"<p>One</p><p>Two</p>":                                  "One\n\nTwo",
		"<div>One</div><div>Two</div>":                          "One\nTwo",
		"One<br>Two<br/><br>Three":                              "One\nTwo\n\nThree",
		"a  <b> b </b>\n c":                                     "a b c",
		"a<b>b</b>c":                                            "abc",
		"<ul><li>One</li><li> Two</li></ul>":                    "- One\n- Two",
		"<table><tr><td>A</td><td>B</td></tr><tr><td>C</table>": "A B\nC",
		"<pre>a\n  b</pre>c":                                    "a\n  b\n\nc",
		"&lt;5 &amp; &eacute; 5&nbsp;mg":                        "<5 & é 5\u00a0mg",
		"<a href=https://x.example/a>Here</a>.":                 "Here <https://x.example/a>.",
		"<a href='https://x.example/a'>x.example/a</a>":         "x.example/a",
		"<a href=mailto:ana@c.example>ana@c.example</a>":        "ana@c.example",
		"<a href='javascript:alert(1)'>Here</a>":                "Here",
		"<style>p{}</style><script>x</script><title>t</title>A": "A",
		"<img src=x alt='A curve'> shows":                       "A curve shows",
		"<!-- hidden --><p>Shown":                               "Shown",
		"1 < 2 and 3 > 2":                                       "1 < 2 and 3 > 2",
	}
	for source, want := range cases {
		if got := parse(t, "Content-Type: text/html\n\n"+source); got.Text != want {
			t.Errorf("%s: %q, want %q", source, got.Text, want)
		}
	}
}
