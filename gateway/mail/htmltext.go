package mail

import (
	"bytes"
	"io"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/net/html/charset"
)

// decodeHTML decodes an HTML part. Where the mail does not name its charset, the
// HTML may (a meta element in its first kilobyte).
func decodeHTML(data []byte, declared string) string {
	if declared == "" || strings.EqualFold(declared, "us-ascii") {
		_, declared, _ = charset.DetermineEncoding(data, "")
	}
	return strings.ReplaceAll(decodeText(data, declared), "\x00", "")
}

const (
	maxToken    = 8 << 20 // bytes of one tag, with a picture in it, or between two
	maxHTMLText = 4 << 20 // bytes of text made of HTML
)

// textOf writes HTML as text: its words, a line for each block, the targets of
// links in brackets. It reads tokens only, in linear time, and builds no tree.
// Of HTML beyond all measure it makes text of the beginning, and says so by
// [Content.Partial].
func (r *reader) textOf(source string) (string, error) {
	z := html.NewTokenizer(strings.NewReader(source))
	z.SetMaxBuf(maxToken)
	var w textWriter
	for n := 1; ; n++ {
		if w.out.Len() > maxHTMLText {
			r.damaged = true
			return w.String(), nil
		}
		if n%4096 == 0 {
			if err := r.until.check(); err != nil {
				return "", err
			}
		}
		switch z.Next() {
		case html.ErrorToken:
			r.damaged = r.damaged || z.Err() != io.EOF
			return w.String(), nil
		case html.TextToken:
			w.text(string(z.Text()))
		case html.StartTagToken, html.SelfClosingTagToken:
			w.start(z)
		case html.EndTagToken:
			name, _ := z.TagName()
			w.end(atom.Lookup(name))
		}
	}
}

// textWriter collects the text of HTML.
type textWriter struct {
	out    strings.Builder
	hidden atom.Atom // the element whose content is skipped, or 0
	pre    int       // how many <pre> are open
	href   string    // target of the open link
	label  int       // where the open link's words begin
	space  bool      // blanks are due before the next word
	lines  int       // line ends at the end of out, 2 at its beginning
}

// hiddenElements hold nothing to read.
var hiddenElements = map[atom.Atom]bool{
	atom.Script: true, atom.Style: true, atom.Title: true, atom.Template: true, atom.Noframes: true, atom.Iframe: true,
}

// lineBreaks is how many line ends stand before and after an element.
var lineBreaks = map[atom.Atom]int{
	atom.P: 2, atom.H1: 2, atom.H2: 2, atom.H3: 2, atom.H4: 2, atom.H5: 2, atom.H6: 2, atom.Blockquote: 2, atom.Pre: 2,
	atom.Ul: 2, atom.Ol: 2, atom.Dl: 2, atom.Table: 2, atom.Hr: 2, atom.Div: 1, atom.Li: 1, atom.Tr: 1, atom.Dt: 1,
	atom.Dd: 1, atom.Section: 1, atom.Article: 1, atom.Header: 1, atom.Footer: 1, atom.Address: 1, atom.Center: 1,
}

func (w *textWriter) start(z *html.Tokenizer) {
	name, more := z.TagName()
	tag := atom.Lookup(name)
	if w.hidden != 0 {
		return
	}
	w.newLines(lineBreaks[tag])
	switch tag {
	case atom.Br:
		w.lineEnd()
	case atom.Li:
		w.write("- ")
	case atom.Td, atom.Th:
		w.space = true
	case atom.Pre:
		w.pre++
	case atom.Img:
		w.text(attribute(z, more, "alt"))
	case atom.A:
		w.href, w.label = attribute(z, more, "href"), w.out.Len()
	default:
		if hiddenElements[tag] {
			w.hidden = tag
		}
	}
}

func (w *textWriter) end(tag atom.Atom) {
	switch {
	case w.hidden != 0:
		if tag == w.hidden {
			w.hidden = 0
		}
		return
	case tag == atom.Pre:
		w.pre = max(w.pre-1, 0)
	case tag == atom.A:
		w.link()
	}
	w.newLines(lineBreaks[tag])
}

// link adds the target of a link behind its words, unless they say it already.
func (w *textWriter) link() {
	target := strings.TrimSpace(w.href)
	w.href = ""
	scheme, rest, _ := strings.Cut(target, ":")
	switch strings.ToLower(scheme) {
	case "http", "https", "mailto", "tel":
	default:
		return
	}
	words := strings.TrimSpace(w.out.String()[w.label:])
	if said := strings.TrimRight(strings.TrimLeft(rest, "/"), "/"); strings.Contains(words, said) {
		return
	}
	w.write(" <" + cleanLine(target) + ">")
}

// text adds words, with blanks as HTML has them: none matters but that it is there.
func (w *textWriter) text(s string) {
	switch {
	case w.hidden != 0:
	case w.pre > 0:
		w.write(cleanText(s))
	default:
		w.words(cleanText(s))
	}
}

func (w *textWriter) words(s string) {
	const blanks = " \t\n\f"
	if s != "" && strings.ContainsRune(blanks, rune(s[0])) {
		w.space = true
	}
	for word := range strings.FieldsFuncSeq(s, func(r rune) bool { return strings.ContainsRune(blanks, r) }) {
		if w.space && w.lines == 0 && !w.apart() {
			w.out.WriteByte(' ')
		}
		w.write(word)
		w.space = true
	}
	if s != "" {
		w.space = w.space && strings.ContainsRune(blanks, rune(s[len(s)-1]))
	}
}

// apart reports whether a blank stands at the end of the text already.
func (w *textWriter) apart() bool {
	return w.out.Len() == 0 || strings.HasSuffix(w.out.String(), " ")
}

func (w *textWriter) write(s string) {
	if s == "" {
		return
	}
	w.out.WriteString(s)
	w.lines = len(s) - len(strings.TrimRight(s, "\n"))
}

// newLines sees to it that n line ends stand before what follows.
func (w *textWriter) newLines(n int) {
	for w.out.Len() > 0 && w.lines < n {
		w.lineEnd()
	}
}

func (w *textWriter) lineEnd() {
	w.out.WriteByte('\n')
	w.lines++
	w.space = false
}

// String returns the text, with at most one empty line between two others.
func (w *textWriter) String() string {
	var out bytes.Buffer
	empty := 0
	for line := range strings.SplitSeq(w.out.String(), "\n") {
		if line = strings.TrimRight(line, " \t\u00a0"); line != "" {
			empty = 0
		} else if empty++; empty > 1 {
			continue
		}
		out.WriteString(line)
		out.WriteByte('\n')
	}
	return strings.Trim(out.String(), "\n")
}

// attribute returns the value of the current tag's attribute called name. It
// reads the first few attributes only.
func attribute(z *html.Tokenizer, more bool, name string) string {
	for n := 0; more && n < 50; n++ {
		var key, value []byte
		key, value, more = z.TagAttr()
		if string(key) == name {
			return string(value)
		}
	}
	return ""
}
