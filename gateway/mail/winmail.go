package mail

import (
	"bytes"
	"strings"
)

// tnefMark begins every winmail.dat: Outlook's own wrapping of a mail's body and
// files (MS-OXTNEF), which nothing but Outlook opens.
var tnefMark = []byte{0x78, 0x9f, 0x3e, 0x22}

// winmail is what was found in one.
type winmail struct {
	charset          string
	text, html       string
	rtf              []byte // compressed
	files            []winmailFile
	damaged, tooMany bool
	most             int // files
}

// winmailFile is a file in a winmail.dat. Fields may be empty.
type winmailFile struct {
	title, short, long string // names, the later the better
	kind, contentID    string
	data               []byte
	isMail             bool // data is a TNEF stream itself
}

// Attributes of a TNEF stream, without their types.
const (
	tnefBody       = 0x800c
	tnefFileData   = 0x800f
	tnefFileTitle  = 0x8010
	tnefNewFile    = 0x9002
	tnefProperties = 0x9003
	tnefFileProps  = 0x9005
	tnefCodePage   = 0x9007
)

// readWinmail reads a TNEF stream as far as it goes.
func readWinmail(data []byte, most int) *winmail {
	w := &winmail{most: most, charset: "windows-1252"}
	c := cursor{rest: bytes.TrimPrefix(data, tnefMark)}
	c.u16() // a key that nobody needs
	for len(c.rest) > 0 && !w.tooMany {
		c.u8() // whether it is the mail's or a file's, as the attribute says too
		attribute := uint16(c.u32())
		value := c.take(c.u32())
		sum := c.u16()
		if c.short {
			w.damaged = true
			return w
		}
		w.damaged = w.damaged || sum != checksum(value)
		w.add(attribute, value)
	}
	return w
}

func checksum(b []byte) (sum uint16) {
	for _, c := range b {
		sum += uint16(c)
	}
	return sum
}

// add takes in one attribute.
func (w *winmail) add(attribute uint16, value []byte) {
	switch attribute {
	case tnefCodePage:
		c := cursor{rest: value}
		if name := codePage(c.u32()); name != "" {
			w.charset = name
		}
	case tnefBody:
		w.text = decodeText(bytes.TrimRight(value, "\x00"), w.charset)
	case tnefProperties:
		w.damaged = !eachProperty(value, w.property) || w.damaged
	case tnefNewFile:
		if w.tooMany = len(w.files) == w.most; !w.tooMany {
			w.files = append(w.files, winmailFile{})
		}
	case tnefFileTitle, tnefFileData, tnefFileProps:
		if len(w.files) == 0 {
			w.damaged = true
			return
		}
		w.addToFile(&w.files[len(w.files)-1], attribute, value)
	}
}

func (w *winmail) addToFile(f *winmailFile, attribute uint16, value []byte) {
	switch attribute {
	case tnefFileTitle:
		f.title = decodeText(bytes.TrimRight(value, "\x00"), w.charset)
	case tnefFileData:
		f.data = value
	case tnefFileProps:
		w.damaged = !eachProperty(value, func(p property) { f.property(p, w.charset) }) || w.damaged
	}
}

// property takes in what MAPI says of the mail (MS-OXPROPS).
func (w *winmail) property(p property) {
	switch p.id {
	case 0x1000: // PidTagBody
		w.text = p.text(w.charset)
	case 0x1009: // PidTagRtfCompressed
		w.rtf = p.value
	case 0x1013: // PidTagHtml
		if p.kind == mapiUnicode {
			w.html = decodeUTF16(p.value)
			return
		}
		w.html = decodeHTML(bytes.TrimRight(p.value, "\x00"), "")
	case 0x3fde, 0x3ffd: // PidTagInternetCodepage, PidTagMessageCodepage
		if name := codePage(p.number()); name != "" {
			w.charset = name
		}
	}
}

// property takes in what MAPI says of a file.
func (f *winmailFile) property(p property, charset string) {
	const guid = 16 // what kind of object follows
	switch p.id {
	case 0x3001, 0x3704: // PidTagDisplayName, PidTagAttachFilename
		f.short = p.text(charset)
	case 0x3707: // PidTagAttachLongFilename
		f.long = p.text(charset)
	case 0x370e: // PidTagAttachMimeTag
		f.kind = strings.ToLower(p.text(charset))
	case 0x3712: // PidTagAttachContentId
		f.contentID = p.text(charset)
	case 0x3701: // PidTagAttachDataObject or -Binary
		f.data = p.value
		if p.kind == mapiObject && len(p.value) > guid {
			f.data = p.value[guid:]
		}
		f.isMail = bytes.HasPrefix(f.data, tnefMark)
	}
}
