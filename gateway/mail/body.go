package mail

import (
	"bytes"
	"html"
	"slices"
	"strings"
)

// block is a stretch of the body, as text, as HTML, or as both where the mail
// offers it in both ways.
type block struct {
	text, html         string
	textFold, htmlFold int // where what may be folded begins, 0: nowhere, or not known yet
}

func (b block) empty() bool { return blank(b.text) && blank(b.html) }

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
	case bytes.HasPrefix(data, tnefMark):
		body, err := r.unwrap(p, data)
		r.spare(fromOutlook, body)
		return nil, err
	case p.media.isText() && p.media.disposition != "attachment":
		r.spare(fromNamedText, p.block(data))
	case p.media.kind == "text/calendar":
		start := data[:min(len(data), maxCalendar)]
		r.spare(fromCalendar, block{text: summary(decodeText(start, p.media.params["charset"]))})
	}
	return nil, r.file(attachment(p, data))
}

// file adds a file, unless there are too many.
func (r *reader) file(a Attachment) error {
	if len(r.files) == r.limits.Attachments {
		return tooComplex("attachments", r.limits.Attachments)
	}
	r.files = append(r.files, a)
	return nil
}

// What else may be read where a mail has no body, the best first.
const (
	fromNamedText = iota // a text with a file name
	fromOutlook          // what a winmail.dat holds
	fromCalendar         // what an invitation says
	sources
)

// spare keeps b, the first of its source.
func (r *reader) spare(source int, b block) {
	if r.spares[source].empty() {
		r.spares[source] = b
	}
}

// body returns blocks, or what there is in their place.
func (r *reader) body(blocks []block) []block {
	filled := func(b block) bool { return !b.empty() }
	if slices.ContainsFunc(blocks, filled) {
		return blocks
	}
	if i := slices.IndexFunc(r.spares[:], filled); i >= 0 {
		return r.spares[i : i+1]
	}
	return blocks
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

// withText gives text to those blocks that are HTML only, folded where the HTML is.
func (r *reader) withText(blocks []block) error {
	for i := range blocks {
		b := &blocks[i]
		if !blank(b.text) || blank(b.html) {
			continue
		}
		main, err := r.textOf(b.html[:b.htmlFold])
		if err != nil {
			return err
		}
		if b.text, err = r.textOf(b.html[b.htmlFold:]); err != nil {
			return err
		}
		if !blank(main) && !blank(b.text) {
			b.textFold = len(main) + len("\n\n")
			b.text = main + "\n\n" + b.text
		} else {
			b.text = main + b.text
		}
		if blank(b.text) && len(r.files) == 0 {
			r.damaged = true // HTML that swallows its text, or pictures from elsewhere
		}
	}
	return nil
}
