package mail

import (
	"html"
	"strconv"
	"strings"
	"unicode/utf16"
)

// rtfReader takes the words out of RTF in one pass.
type rtfReader struct {
	in      string
	charset string
	html    bool
	group   rtfGroup
	outer   []rtfGroup
	bytes   []byte // in charset, to be decoded as one
	half    rune   // first half of a surrogate pair
	ignore  int    // characters that stand in for the one before
	out     strings.Builder
}

// rtfGroup is what holds within braces.
type rtfGroup struct {
	skipped  bool // nothing in it is text
	tag      bool // it is HTML, as it stands
	muted    bool // it is RTF's rendering of HTML that stands elsewhere
	fallback int  // how many characters stand in for one of Unicode
}

const maxRTFGroups = 200

func (r *rtfReader) read() {
	for r.in != "" && len(r.outer) <= maxRTFGroups {
		c := r.in[0]
		r.in = r.in[1:]
		switch c {
		case '{':
			r.flush()
			r.outer, r.ignore = append(r.outer, r.group), 0
		case '}':
			r.flush()
			if n := len(r.outer); n > 0 {
				r.group, r.outer = r.outer[n-1], r.outer[:n-1]
			}
			r.ignore = 0
		case '\\':
			r.control()
		case '\r', '\n':
		default:
			r.char(c)
		}
	}
	r.flush()
}

// control reads what follows a backslash.
func (r *rtfReader) control() {
	n := 0
	for n < len(r.in) && (r.in[n]|0x20 >= 'a' && r.in[n]|0x20 <= 'z') {
		n++
	}
	if n == 0 {
		r.symbol()
		return
	}
	word := r.in[:n]
	end := n
	for end < len(r.in) && end < n+11 && (r.in[end] >= '0' && r.in[end] <= '9' || end == n && r.in[end] == '-') {
		end++
	}
	number, err := strconv.Atoi(r.in[n:end])
	r.in = strings.TrimPrefix(r.in[end:], " ")
	r.word(word, number, err == nil)
}

// symbol reads a control that is no word.
func (r *rtfReader) symbol() {
	if r.in == "" {
		return
	}
	c := r.in[0]
	r.in = r.in[1:]
	switch c {
	case '\'':
		if len(r.in) >= 2 && unhex(r.in[0]) >= 0 && unhex(r.in[1]) >= 0 {
			r.char(byte(unhex(r.in[0])<<4 | unhex(r.in[1])))
			r.in = r.in[2:]
		}
	case '*':
		word := strings.TrimPrefix(r.in, "\\")
		r.group.tag = strings.HasPrefix(word, "htmltag")
		r.group.skipped = r.group.skipped || !r.group.tag
	case '~':
		r.write("\u00a0")
	case '_':
		r.write("-")
	case '\\', '{', '}':
		r.char(c)
	case '\r', '\n':
		r.write("\n")
	}
}

// word obeys a control word.
func (r *rtfReader) word(word string, number int, numbered bool) {
	switch word {
	case "fonttbl", "colortbl", "stylesheet", "info", "pict", "object", "header", "footer", "headerf", "footerf":
		r.group.skipped = true
	case "fromhtml":
		r.html = true
	case "htmlrtf":
		r.flush()
		r.group.muted = !numbered || number != 0
	case "ansicpg":
		if name := codePage(uint32(number)); name != "" {
			r.charset = name
		}
	case "uc":
		r.group.fallback = min(max(number, 0), 10)
	case "u":
		r.unicode(number)
	case "bin":
		r.in = r.in[min(max(number, 0), len(r.in)):]
	default:
		r.write(rtfWords[word])
	}
}

// rtfWords are the control words that are text.
var rtfWords = map[string]string{
	"par": "\n", "line": "\n", "row": "\n", "sect": "\n", "page": "\n", "tab": "\t", "cell": "\t",
	"emdash": "—", "endash": "–", "bullet": "•", "lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”",
	"emspace": " ", "enspace": " ", "zwj": "\u200d", "zwnj": "\u200c",
}

// unicode adds a character by its number, which RTF writes in 16 bits with a sign.
func (r *rtfReader) unicode(number int) {
	c := rune(uint16(number))
	switch pair := utf16.DecodeRune(r.half, c); {
	case r.half != 0 && pair != '\ufffd':
		r.half = 0
		r.write(string(pair))
	case utf16.IsSurrogate(c):
		r.half = c
	default:
		r.half = 0
		r.write(string(c))
	}
	r.ignore = r.group.fallback
}

// char adds one character in the document's charset.
func (r *rtfReader) char(c byte) {
	switch {
	case r.ignore > 0:
		r.ignore--
	case !r.silent():
		r.bytes = append(r.bytes, c)
	}
}

func (r *rtfReader) silent() bool {
	return r.group.skipped || r.html && r.group.muted && !r.group.tag
}

func (r *rtfReader) write(s string) {
	if s == "" || r.silent() {
		return
	}
	r.flush()
	r.out.WriteString(s)
}

func (r *rtfReader) flush() {
	if len(r.bytes) == 0 {
		return
	}
	text := decodeText(r.bytes, r.charset)
	if r.html && !r.group.tag {
		text = html.EscapeString(text)
	}
	r.out.WriteString(text)
	r.bytes = r.bytes[:0]
}
