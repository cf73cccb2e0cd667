package mail

import (
	"html"
	"slices"
	"strings"
)

// block is a stretch of the body, as text, as HTML, or as both where the mail
// offers it in both ways.
type block struct {
	text, html string
}

// read sorts p into blocks of body, which it returns, and r.files.
func (r *reader) read(p *part) ([]block, error) {
	if err := r.until.check(); err != nil {
		return nil, err
	}
	if len(p.children) == 0 {
		return r.leaf(p)
	}
	var all []block
	var best block // of an alternative
	for _, child := range p.children {
		blocks, err := r.read(child)
		if err != nil {
			return nil, err
		}
		if p.media.kind == "multipart/alternative" {
			best = best.orBetter(blocks)
			continue
		}
		all = append(all, blocks...)
	}
	if best != (block{}) {
		all = append(all, best)
	}
	return all, nil
}

// orBetter returns b, or what blocks, the next part of an alternative, say in its
// place: of HTML the last is the best (RFC 2046 section 5.1.4), of text the
// first, as those behind it tend to be HTML under a wrong name. A blank part
// never wins.
func (b block) orBetter(blocks []block) block {
	if rich := joinHTML(blocks); rich != "" {
		b.html = rich
	} else if b.text == "" {
		b.text = joinText(blocks)
	}
	return b
}

// leaf decodes a part without parts.
func (r *reader) leaf(p *part) ([]block, error) {
	data, clean := decodeBody(p)
	r.damaged = r.damaged || !clean
	switch {
	case p.media.isBody():
		return []block{p.block(data)}, nil
	case len(data) == 0 && p.media.fileName == "":
		return nil, nil
	case len(r.files) == r.limits.Attachments:
		return nil, tooComplex("attachments", r.limits.Attachments)
	}
	r.files = append(r.files, attachment(p, data))
	if r.spare == nil && p.media.isText() && p.media.disposition != "attachment" {
		r.spare = []block{p.block(data)}
	}
	return nil, nil
}

// isBody reports whether a part is to be read and not to be filed.
func (m media) isBody() bool {
	return m.disposition != "attachment" && m.fileName == "" && m.isText()
}

// isText reports whether a part can be read as it stands.
func (m media) isText() bool {
	switch m.kind {
	case "text/plain", "text/html", "text/enriched", "text/richtext":
		return true
	}
	return m.multipart() // one in which no part was found
}

// block decodes the text of a part.
func (p *part) block(data []byte) block {
	charset := p.media.params["charset"]
	if p.media.kind == "text/html" {
		return block{html: decodeHTML(data, charset)}
	}
	text := cleanText(decodeText(data, charset))
	if strings.EqualFold(p.media.params["format"], "flowed") {
		text = unflow(text, strings.EqualFold(p.media.params["delsp"], "yes"))
	}
	return block{text: text}
}

// joinHTML returns all of blocks as HTML, or "" if none is HTML. A footer that
// is text only is not lost to those who see HTML.
func joinHTML(blocks []block) string {
	if !slices.ContainsFunc(blocks, func(b block) bool { return !blank(b.html) }) {
		return ""
	}
	var all []string
	for _, b := range blocks {
		switch {
		case !blank(b.html):
			all = append(all, b.html)
		case !blank(b.text):
			all = append(all, "<pre>"+html.EscapeString(b.text)+"</pre>")
		}
	}
	return strings.Join(all, "\n")
}

// joinText returns the text of blocks.
func joinText(blocks []block) string {
	var all []string
	for _, b := range blocks {
		if !blank(b.text) {
			all = append(all, strings.Trim(b.text, "\n"))
		}
	}
	return strings.Join(all, "\n\n")
}

// withText gives text to those blocks that are HTML only.
func (r *reader) withText(blocks []block) error {
	for i, b := range blocks {
		if !blank(b.text) || blank(b.html) {
			continue
		}
		text, err := r.textOf(b.html)
		if err != nil {
			return err
		}
		if blocks[i].text = text; blank(text) && len(r.files) == 0 {
			r.damaged = true // HTML that swallows its text, or pictures from elsewhere
		}
	}
	return nil
}
