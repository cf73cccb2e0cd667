package letter

import (
	"html"
	"regexp"
	"strings"

	"github.com/microcosm-cc/bluemonday"
	nethtml "golang.org/x/net/html"
)

// raster are the images that may stand in a message: pictures made of pixels,
// never SVG, which is a document.
var raster = regexp.MustCompile(`^data:image/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/]+={0,2}$`)

// policy is the allow-list of S19. Nothing that could run, load, style or be
// named gets through; what may be a URL is checked again, per element, by links
// and images below.
var policy = newPolicy()

func newPolicy() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "hr", "div", "span", "b", "strong", "i", "em", "u", "s", "del", "ins", "sub", "sup",
		"small", "big", "mark", "center", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "dl", "dt", "dd",
		"blockquote", "q", "pre", "code", "kbd", "samp", "tt", "abbr", "cite", "address",
		"table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td", "a", "img")
	p.AllowAttrs("dir").Matching(regexp.MustCompile(`^(?i:ltr|rtl|auto)$`)).Globally()
	p.AllowAttrs("colspan", "rowspan", "start").Matching(regexp.MustCompile(`^\d{1,3}$`)).OnElements("td", "th", "ol")
	p.AllowAttrs("href").OnElements("a")
	p.AllowAttrs("src").OnElements("img")
	p.AllowAttrs("alt").OnElements("img")
	p.AllowAttrs("width", "height").Matching(regexp.MustCompile(`^\d{1,4}$`)).OnElements("img")
	p.RequireParseableURLs(true)
	p.AllowRelativeURLs(false)
	p.AllowURLSchemes("http", "https", "mailto", "tel", "cid", "data")
	p.SkipElementsContent("title", "svg", "math", "template", "xmp", "select", "textarea", "audio", "video", "canvas")
	return p
}

// sanitise makes a message's HTML safe to show (S19). images are the inline
// attachments as data: URIs, by content id; an image that is neither one of
// them nor its own pixels is replaced by its description.
func sanitise(source string, images map[string]string) string {
	var out strings.Builder
	var d depth
	z := nethtml.NewTokenizer(strings.NewReader(policy.Sanitize(source)))
	for {
		kind := z.Next()
		if kind == nethtml.ErrorToken {
			return out.String()
		}
		t := z.Token()
		switch {
		case d.exceeds(t):
		case t.Data == "img" && kind != nethtml.TextToken:
			writeImage(&out, t, images)
		case t.Data == "a" && kind == nethtml.StartTagToken:
			writeLink(&out, t)
		default:
			t.Data = Upright(t.Data)
			out.WriteString(t.String())
		}
	}
}

// maxDepth is how deep elements may stand in each other. People's mail has some
// thirty; a phone's browser chokes on a thousand.
const maxDepth = 100

// depth counts the elements that are open.
type depth int

// exceeds takes the next token in, and reports whether it begins or ends an
// element that is too deep.
func (d *depth) exceeds(t nethtml.Token) bool {
	if shallow[t.Data] {
		return false
	}
	switch t.Type {
	case nethtml.StartTagToken:
		*d++
		return *d > maxDepth
	case nethtml.EndTagToken:
		*d = max(*d-1, 0)
		return *d >= maxDepth
	}
	return false
}

// shallow are the elements that are empty, or that the next of their kind ends:
// they stand in themselves only by way of others.
var shallow = map[string]bool{
	"br": true, "hr": true, "img": true, "p": true, "li": true, "dt": true, "dd": true, "tr": true, "td": true, "th": true,
	"thead": true, "tbody": true, "tfoot": true, "caption": true,
}

// writeLink writes a link that opens a page of its own, which cannot reach back.
func writeLink(out *strings.Builder, t nethtml.Token) {
	if href := safeLink(attr(t, "href")); href != "" {
		out.WriteString(`<a href="` + html.EscapeString(href) + `" target="_blank" rel="noopener noreferrer">`)
	} else {
		out.WriteString("<a>")
	}
}

func writeImage(out *strings.Builder, t nethtml.Token, images map[string]string) {
	src, alt := attr(t, "src"), html.EscapeString(Upright(attr(t, "alt")))
	if scheme, id, _ := strings.Cut(src, ":"); strings.EqualFold(scheme, "cid") {
		src = images[id]
	}
	if !raster.MatchString(src) {
		out.WriteString(alt)
		return
	}
	out.WriteString(`<img src="` + src + `" alt="` + alt + `"`)
	for _, name := range []string{"width", "height"} {
		if v := attr(t, name); v != "" {
			out.WriteString(" " + name + `="` + html.EscapeString(v) + `"`)
		}
	}
	out.WriteString(">")
}

func attr(t nethtml.Token, name string) string {
	for _, a := range t.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}
