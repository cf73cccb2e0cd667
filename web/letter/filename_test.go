package letter

import (
	"mime"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"securetext/store"
)

func TestS20FileNamesAreSafe(t *testing.T) {
	for name, want := range map[string]string{
		"Preparation.pdf":                 "Preparation.pdf",
		"niño año.pdf":                    "niño año.pdf",
		"../../etc/passwd":                "passwd",
		`C:\Users\ana\scan.tiff`:          "scan.tiff",
		"..":                              "attachment",
		"":                                "attachment",
		".htaccess":                       "htaccess",
		"a\r\nSet-Cookie: x":              "aSet-Cookie_ x",
		"gpj.\u202Eexe":                   "gpj.exe",
		"a\"b;c.txt":                      "a_b;c.txt",
		"\xff\xfe.txt":                    "_.txt",
		strings.Repeat("é", 200) + ".pdf": strings.Repeat("é", 88) + ".pdf",
	} {
		if got := SafeName(name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

func FuzzS20Disposition(f *testing.F) {
	for _, s := range []string{"a.pdf", "a\"; filename=b", "\r\nX: y", "%41", "..", strings.Repeat("🐢", 99), "a'b(c)*.txt"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		header := disposition("attachment", name)
		kind, params, err := mime.ParseMediaType(header)
		if err != nil || kind != "attachment" {
			t.Fatalf("%q does not parse: %v", header, err)
		}
		if params["filename"] != SafeName(name) {
			t.Errorf("%q reads back as %q, want %q", header, params["filename"], SafeName(name))
		}
		if got := params["filename"]; strings.ContainsAny(got, "/\\\r\n\x00") || len(got) > maxName || !utf8.ValidString(got) {
			t.Errorf("%q is not safe", got)
		}
		for _, b := range []byte(header) {
			if b < 0x20 || b > 0x7e {
				t.Errorf("%q is not printable ASCII", header)
			}
		}
	})
}

func TestSegments(t *testing.T) {
	for in, want := range map[string][]Segment{
		"":                        nil,
		"no link":                 {{Text: "no link"}},
		"see https://a.example/b": {{Text: "see "}, {Text: "https://a.example/b", Href: "https://a.example/b"}},
		"(http://a.example/x_(y)). Bye": {{Text: "("}, {Text: "http://a.example/x_(y)", Href: "http://a.example/x_(y)"},
			{Text: "). Bye"}},
		"https://user:pw@bank.example javascript:alert(1) ftp://x https://": {
			{Text: "https://user:pw@bank.example javascript:alert(1) ftp://x https://"}},
	} {
		if d := cmp.Diff(want, Segments(in)); d != "" {
			t.Errorf("%q (- want, + got):\n%s", in, d)
		}
	}
}

func FuzzSegments(f *testing.F) {
	f.Add("a https://b.example/). c http://d")
	f.Fuzz(func(t *testing.T, s string) {
		var all strings.Builder
		for _, g := range Segments(s) {
			all.WriteString(g.Text)
			if g.Href != "" && (g.Href != g.Text || !strings.HasPrefix(g.Href, "http")) {
				t.Errorf("%q links to %q", g.Text, g.Href)
			}
		}
		if all.String() != s {
			t.Errorf("got %q, want %q", all.String(), s)
		}
	})
}

func TestFrameHeightIsBounded(t *testing.T) {
	short := frameHeight(store.Content{HTML: "<p>a</p>", Text: "a"})
	long := frameHeight(store.Content{HTML: "<p>a</p>", Text: strings.Repeat("a line of text\n", 40)})
	huge := frameHeight(store.Content{HTML: strings.Repeat("<p>a</p>", 1_000_000)})
	if short != 200 || long <= 40*24 || huge != 6000 {
		t.Errorf("got %d, %d and %d pixels", short, long, huge)
	}
}
