package mail

import (
	"html"
	"strings"
)

// attachment files a part.
func attachment(p *part, data []byte) Attachment {
	a := Attachment{Name: fileName(p.media.fileName, p.media.kind), Type: p.media.kind, Data: data}
	a.ContentID = contentID(p.header.first("content-id"))
	if p.media.multipart() {
		a.Type = unknownType // one without parts is no multipart
	}
	a.Inline = p.media.disposition == "inline" && a.ContentID != ""
	return a
}

// contentID takes the brackets off an id.
func contentID(s string) string { return cut(cleanLine(strings.Trim(s, "<> \t")), maxMessageID) }

// markInline marks the attachments that the HTML shows where it stands, whatever
// their disposition.
func markInline(c *Content) {
	byID := make(map[string]*Attachment)
	for i := range c.Attachments {
		if id := c.Attachments[i].ContentID; id != "" {
			byID[id] = &c.Attachments[i]
		}
	}
	for body := c.HTML; len(byID) > 0; {
		_, after, ok := strings.Cut(body, "cid:")
		if !ok {
			return
		}
		if a := byID[linkedID(after)]; a != nil {
			a.Inline = true
		}
		body = after
	}
}

// linkedID returns the Content-ID of a cid: link that s begins within.
func linkedID(s string) string {
	s = s[:min(len(s), maxMessageID)]
	if end := strings.IndexAny(s, "\"'<> )\t\r\n"); end >= 0 {
		s = s[:end]
	}
	if strings.ContainsAny(s, "%&") {
		s = unescape(html.UnescapeString(s))
	}
	return s
}
