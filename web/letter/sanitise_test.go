package letter

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

const pixel = "data:image/gif;base64,R0lGODlhAQABAAAAACw="

// active says what in a fragment could run, load, style or be found by name,
// or nothing.
func active(t *testing.T, fragment string) string {
	t.Helper()
	root, err := html.Parse(strings.NewReader(fragment))
	if err != nil {
		t.Fatal(err)
	}
	for n := range root.Descendants() {
		if n.Type == html.CommentNode {
			return "a comment"
		}
		if n.Type != html.ElementNode {
			continue
		}
		if n.Namespace != "" || forbidden[n.Data] {
			return n.Namespace + " <" + n.Data + ">"
		}
		for _, a := range n.Attr {
			if why := activeAttr(n.Data, a); why != "" {
				return why
			}
		}
	}
	return ""
}

var forbidden = map[string]bool{
	"script": true, "style": true, "link": true, "meta": true, "base": true, "iframe": true, "frame": true, "object": true,
	"embed": true, "form": true, "input": true, "button": true, "svg": true, "math": true, "audio": true, "video": true,
	"template": true, "noscript": true, "textarea": true, "select": true, "title": true, "applet": true, "isindex": true,
}

var harmless = map[string]bool{
	"dir": true, "colspan": true, "rowspan": true, "start": true, "alt": true, "width": true, "height": true, "target": true, "rel": true,
}

func activeAttr(element string, a html.Attribute) string {
	switch {
	case harmless[a.Key]:
		return ""
	case element == "a" && a.Key == "href" && safeLink(a.Val) == a.Val:
		return ""
	case element == "img" && a.Key == "src" && raster.MatchString(a.Val):
		return ""
	}
	return "<" + element + " " + a.Key + "=" + a.Val + ">"
}

func TestS19Sanitise(t *testing.T) {
	images := map[string]string{"logo@x": pixel, "doc@x": "data:image/svg+xml;base64,PHN2Zz4="}
	for _, c := range []struct{ name, in, want string }{
		{"text is kept", "<p>Hello <b>you</b> &amp; me</p>", "<p>Hello <b>you</b> &amp; me</p>"},
		{"scripts go, with what they say", "a<script>b</script>c", "ac"},
		{"style goes", `<p style="x" class="y" id="z">a</p><style>p{}</style>`, "<p>a</p>"},
		{"handlers go", `<img src=x onerror=alert(1)>a`, "a"},
		{"links open apart", `<a href="https://x.example/?a=1&b=2">a</a>`, `<a href="https://x.example/?a=1&amp;b=2" target="_blank" rel="noopener noreferrer">a</a>`},
		{"a phone is called", `<a href="tel:+15550100">a</a>`, `<a href="tel:+15550100" target="_blank" rel="noopener noreferrer">a</a>`},
		{"a link to data is none", `<a href="data:text/html,x">a</a>`, `<a>a</a>`},
		{"nor one to an attachment", `<a href="cid:logo@x">a</a>`, `<a>a</a>`},
		{"inline pictures are shown", `<img src="cid:logo@x" alt="Logo" width="10">`, `<img src="` + pixel + `" alt="Logo" width="10">`},
		{"pictures in the text too", `<img src="` + pixel + `">`, `<img src="` + pixel + `" alt="">`},
		{"remote ones are described", `<img src="https://x.example/a.png" alt="A &lt;cat>">`, `A &lt;cat&gt;`},
		{"SVG is no picture", `<img src="data:image/svg+xml;base64,PHN2Zz4=">a<img src="cid:doc@x">`, "a"},
		{"unknown content ids show nothing", `<img src="cid:other">a`, "a"},
		{"tables stay", `<table border=1><tr><td colspan=2>a</td></tr></table>`, `<table><tr><td colspan="2">a</td></tr></table>`},
		{"numbers are called, codes are not", `<a href="tel:*%2306%23">a</a><a href="tel:+1-555-0100">b</a>`, `<a>a</a><a href="tel:+15550100" target="_blank" rel="noopener noreferrer">b</a>`},
		{"letters are one's own", `<a href="mailto:a@b.example?body=x&attach=y">a</a>`, `<a href="mailto:a@b.example" target="_blank" rel="noopener noreferrer">a</a>`},
		{"text is not turned around", "<p>a\u202eb\u202cc</p><img src=x alt='d\u202de'>", "<p>abc</p>de"},
		{"what is too deep is flat", strings.Repeat("<b>", 102) + "a" + strings.Repeat("</b>", 102) + "<i>b</i>",
			strings.Repeat("<b>", 100) + "a" + strings.Repeat("</b>", 100) + "<i>b</i>"},
		{"what nobody ended is not deep", strings.Repeat("<p>a<li>b<td>c", 200) + "<i>d</i>", strings.Repeat("<p>a<li>b<td>c", 200) + "<i>d</i>"},
		{"forms go", `<form action="//x"><input name=a>b</form>`, "b"},
	} {
		if got := sanitise(c.in, images); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestS19NothingActiveRemains(t *testing.T) {
	b, err := os.ReadFile("../../shared/corpus/html/dompurify.json")
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the corpus of hostile HTML is not here")
	}
	if err != nil {
		t.Fatal(err)
	}
	var corpus []struct{ Title, Payload string }
	if err := json.Unmarshal(b, &corpus); err != nil {
		t.Fatal(err)
	}
	if len(corpus) < 100 {
		t.Fatalf("the corpus holds only %d payloads", len(corpus))
	}
	for _, c := range corpus {
		if why := active(t, sanitise(c.Payload, nil)); why != "" {
			t.Errorf("%s: %s is left of %q", c.Title, why, c.Payload)
		}
	}
}

func FuzzS19Sanitise(f *testing.F) {
	for _, s := range []string{
		`<p>a<img src="cid:x" alt='"><script>'>`, `<svg><style><img src=x onerror=a>`, `<a href="java&#10;script:a">`,
		`<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">`,
		`<img src="data:image/png;base64,AA==" width="1 onload=x">`, "<plaintext>", "<!--><img src=x>-->", "\x00<\x00script>",
	} {
		f.Add(s)
	}
	images := map[string]string{"x": pixel}
	f.Fuzz(func(t *testing.T, s string) {
		once := sanitise(s, images)
		if why := active(t, once); why != "" {
			t.Errorf("%s is left of %q: %q", why, s, once)
		}
	})
}

func BenchmarkSanitise(b *testing.B) {
	s := strings.Repeat(`<p style="x">Dear <b>you</b>, see <a href="https://x.example">here</a>.</p>`, 50)
	b.SetBytes(int64(len(s)))
	for b.Loop() {
		sanitise(s, nil)
	}
}
