package letter

import (
	"regexp"
	"strings"
)

// Segment is a piece of a message's text: plain, or a link where Href is set.
type Segment struct {
	Text string
	Href string
}

// Lines are those of the text: a browser that knows no style sheets breaks none
// by itself.
func (s Segment) Lines() []string { return strings.Split(s.Text, "\n") }

// links finds what people mean to be a link: nothing that starts otherwise, so
// that no scheme but these two is ever followed.
var links = regexp.MustCompile(`https?://[^\s<>"'\x60]+`)

// Segments cuts a text into plain pieces and links. Together they are the text,
// but for what would turn it around.
func Segments(text string) []Segment {
	text = Upright(text)
	var out []Segment
	end := 0
	for _, at := range links.FindAllStringIndex(text, -1) {
		link := trimLink(text[at[0]:at[1]])
		href := safeLink(link)
		if href == "" {
			continue
		}
		if at[0] > end {
			out = append(out, Segment{Text: text[end:at[0]]})
		}
		out = append(out, Segment{Text: link, Href: href})
		end = at[0] + len(link)
	}
	if end < len(text) {
		out = append(out, Segment{Text: text[end:]})
	}
	return out
}

// trimLink leaves the punctuation that ends a sentence out of a link, and a
// parenthesis that was opened before it.
func trimLink(link string) string {
	for {
		trimmed := strings.TrimRight(link, ".,;:!?…")
		if strings.HasSuffix(trimmed, ")") && strings.Count(trimmed, ")") > strings.Count(trimmed, "(") {
			trimmed = strings.TrimSuffix(trimmed, ")")
		}
		if trimmed == link {
			return link
		}
		link = trimmed
	}
}
