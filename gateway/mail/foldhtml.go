package mail

import (
	"bytes"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// maxFoldableHTML is in bytes. It is more than for text, as HTML may have pictures in it.
const maxFoldableHTML = 4 << 20

// foldHTML finds where in the HTML of blocks the part to be folded begins, up to
// the end, or returns 0. Only the last block can be folded; where it has HTML
// alone its fold is marked, so that its text is folded at the same place.
func (r *reader) foldHTML(blocks []block, withHistory bool) (int, error) {
	i := len(blocks) - 1
	for i >= 0 && blocks[i].empty() {
		i--
	}
	if i < 0 || blank(blocks[i].html) || len(blocks[i].html) > maxFoldableHTML {
		return 0, nil
	}
	source := blocks[i].html
	at, err := r.foldAt(source, withHistory)
	if err != nil || at == 0 {
		return 0, err
	}
	blocks[i].htmlFold = at
	return len(joinHTML(blocks)) - len(source) + at, nil
}

// foldAt reads source once and returns the offset of the element from which on
// there is nothing but signature and history, or 0.
func (r *reader) foldAt(source string, withHistory bool) (int, error) {
	z := html.NewTokenizer(strings.NewReader(source))
	var f folder
	for n, at := 1, 0; ; n++ {
		if n%4096 == 0 {
			if err := r.until.check(); err != nil {
				return 0, err
			}
		}
		kind := z.Next()
		size := len(z.Raw())
		switch kind {
		case html.ErrorToken:
			return f.result(), nil
		case html.TextToken:
			f.text(z.Text())
		case html.StartTagToken, html.SelfClosingTagToken:
			f.start(z, at, withHistory)
		case html.EndTagToken:
			name, _ := z.TagName()
			f.end(atom.Lookup(name))
		}
		at += size
	}
}

// folder looks for the last stretch of elements that hold signature or history.
type folder struct {
	at      int       // where it begins, 0: none so far
	seen    bool      // something to read stood before it
	inside  bool      // something to read stands in it
	forward bool      // it is a mail passed on
	toEnd   bool      // it goes on to the end, whatever comes
	element atom.Atom // the marked element that is open, or 0
	nested  int       // how many more of its name are open within
	hidden  atom.Atom // the element whose content is not shown
}

func (f *folder) result() int {
	if f.forward || !f.inside {
		return 0
	}
	return f.at
}

func (f *folder) start(z *html.Tokenizer, at int, withHistory bool) {
	name, more := z.TagName()
	tag := atom.Lookup(name)
	switch {
	case f.toEnd || f.hidden != 0:
	case hiddenElements[tag]:
		f.hidden = tag
	case f.element != 0:
		if tag == f.element {
			f.nested++
		}
	case tag == atom.Img:
		f.shown()
	case f.seen && canBeMarked[tag]:
		f.mark(tag, markOf(z, more), at, withHistory)
	}
}

// mark begins or goes on with the stretch at an element that is marked.
func (f *folder) mark(tag atom.Atom, m mark, at int, withHistory bool) {
	if m == unmarked || m != signature && !withHistory {
		return
	}
	if f.at == 0 {
		f.at = at
	}
	f.element, f.nested, f.toEnd = tag, 0, m == historyToEnd
}

func (f *folder) end(tag atom.Atom) {
	switch {
	case f.hidden != 0:
		if tag == f.hidden {
			f.hidden = 0
		}
	case tag != f.element:
	case f.nested > 0:
		f.nested--
	default:
		f.element = 0
	}
}

func (f *folder) text(b []byte) {
	if f.hidden != 0 || len(bytes.TrimLeft(b, " \t\r\n\f\u00a0\u200b\ufeff")) == 0 {
		return
	}
	f.forward = f.forward || bytes.Contains(b, []byte(forwardMark))
	f.shown()
}

// shown notes that something to read was met. Outside the marked elements it
// ends the stretch, for what text follows is never folded.
func (f *folder) shown() {
	if f.toEnd || f.element != 0 {
		f.inside = true
		return
	}
	f.seen, f.inside, f.at = true, false, 0
}
