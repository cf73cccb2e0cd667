package mail

import (
	"cmp"
	"strings"
)

// Outlook mails within each other are opened this deep; deeper ones stay files.
const maxWrapped = 3

// maxRTF is how many bytes of RTF one mail may swell to when it is decompressed:
// many times what people type, and small beside the mails allowed.
const maxRTF = 4 << 20

// unwrap files the files of a winmail.dat and returns its body. If there is
// nothing in it that can be read, the winmail.dat itself is filed.
func (r *reader) unwrap(p *part, data []byte) (block, error) {
	before := len(r.files)
	body, err := r.open(data, 1)
	if err != nil || len(r.files) > before || !body.empty() {
		return body, err
	}
	return block{}, r.file(attachment(p, data))
}

// open reads one TNEF stream, depth streams deep.
func (r *reader) open(data []byte, depth int) (block, error) {
	if err := r.until.check(); err != nil {
		return block{}, err
	}
	w := readWinmail(data, r.limits.Attachments-len(r.files))
	r.damaged = r.damaged || w.damaged
	for _, f := range w.files {
		if err := r.openFile(f, depth); err != nil {
			return block{}, err
		}
	}
	if w.tooMany {
		return block{}, tooComplex("attachments", r.limits.Attachments)
	}
	return r.bodyOf(w), nil
}

// openFile files f, or what is in it if it is an Outlook mail.
func (r *reader) openFile(f winmailFile, depth int) error {
	if !f.isMail || depth == maxWrapped {
		if len(f.data) == 0 && f.name() == "" {
			return nil
		}
		return r.file(f.attachment())
	}
	body, err := r.open(f.data, depth+1)
	if err != nil || body.empty() {
		return err
	}
	name := cmp.Or(f.name(), "mail")
	if blank(body.html) {
		return r.file(Attachment{Name: fileName(name+".txt", "text/plain"), Type: "text/plain", Data: []byte(body.text)})
	}
	html := []byte("<meta charset=utf-8>" + body.html)
	return r.file(Attachment{Name: fileName(name+".html", "text/html"), Type: "text/html", Data: html})
}

func (f winmailFile) name() string { return cmp.Or(f.long, f.short, f.title) }

func (f winmailFile) attachment() Attachment {
	kind := unknownType
	if major, minor, _ := strings.Cut(f.kind, "/"); isToken(major) && isToken(minor) {
		kind = f.kind
	}
	return Attachment{
		Name: fileName(f.name(), kind), Type: kind,
		ContentID: contentID(f.contentID), Data: f.data,
	}
}

// bodyOf is the body of w in the best of the forms it has.
func (r *reader) bodyOf(w *winmail) block {
	b := block{text: cleanText(w.text), html: w.html}
	if !blank(b.html) || len(w.rtf) == 0 {
		return b
	}
	rtf, ok := inflateRTF(w.rtf, maxRTF-r.inflated)
	r.inflated += len(rtf)
	r.damaged = r.damaged || !ok
	text, isHTML := readRTF(rtf)
	switch {
	case isHTML:
		b.html = text
	case blank(b.text):
		b.text = cleanText(text)
	}
	return b
}
