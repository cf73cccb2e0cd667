package mail

import "strings"

// rtfStart is what the window of the compression holds at first
// (MS-OXRTFCP section 2.1.2.1).
const rtfStart = `{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor ` +
	`MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0` + "\r\n" +
	`\par \pard\plain\f0\fs20\b\i\u\tab\tx`

const (
	rtfCompressed = 0x75465a4c // "LZFu"
	rtfPlain      = 0x414c454d // "MELA"
	rtfWindow     = 4096
)

// inflateRTF undoes the compression of MS-OXRTFCP. ok is false where the data is
// damaged, or more than most bytes: then out is what comes before that.
func inflateRTF(b []byte, most int) (out []byte, ok bool) {
	c := cursor{rest: b}
	c.u32() // size of what follows
	size := c.u32()
	kind := c.u32()
	c.u32() // checksum
	most = min(most, int(size))
	switch {
	case kind == rtfPlain:
		return c.rest[:min(most, len(c.rest))], most == int(size)
	case kind != rtfCompressed:
		return nil, false
	}
	out, ok = inflate(&c, most)
	return out, ok && len(out) == int(size)
}

// inflate decodes runs of eight: each a byte, or a place and length in the window.
func inflate(c *cursor, most int) (out []byte, ok bool) {
	const ratio = 8 // a byte of flags and 16 others make 136 at best
	out = make([]byte, 0, min(most, ratio*len(c.rest)))
	var window [rtfWindow]byte
	at := copy(window[:], rtfStart)
	put := func(b byte) {
		window[at%rtfWindow] = b
		at++
		out = append(out, b)
	}
	for !c.short && len(out) < most {
		for flags, n := c.u8(), 0; n < 8 && !c.short && len(out) < most; flags, n = flags>>1, n+1 {
			if flags&1 == 0 {
				put(c.u8())
				continue
			}
			high := int(c.u8())
			tail := int(c.u8())
			from, length := high<<4|tail>>4, tail&0xf+2
			if from == at%rtfWindow {
				return out, true // the mark of the end
			}
			for i := range min(length, most-len(out)) {
				put(window[(from+i)%rtfWindow])
			}
		}
	}
	return out, !c.short
}

// readRTF returns the text of an RTF document, or the HTML that Outlook has put
// into it (MS-OXRTFEX).
func readRTF(rtf []byte) (text string, isHTML bool) {
	r := rtfReader{in: string(rtf), charset: "windows-1252", group: rtfGroup{fallback: 1}}
	r.read()
	return strings.Trim(r.out.String(), "\r\n"), r.html
}
