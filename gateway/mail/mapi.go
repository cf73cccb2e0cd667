package mail

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"golang.org/x/text/encoding/unicode"
)

// Types of MAPI values (MS-OXCDATA section 2.11.1).
const (
	mapiShort   = 0x0002
	mapiLong    = 0x0003
	mapiFloat   = 0x0004
	mapiError   = 0x000a
	mapiBool    = 0x000b
	mapiObject  = 0x000d
	mapiString  = 0x001e
	mapiUnicode = 0x001f
	mapiGUID    = 0x0048
	mapiBinary  = 0x0102
	mapiMany    = 0x1000 // a flag: several values
)

// property is one MAPI property with its first value.
type property struct {
	id, kind uint16
	value    []byte
}

// eachProperty calls do for each of the properties in b (MS-OXTNEF section
// 2.1.3.4), and reports whether all could be read.
func eachProperty(b []byte, do func(property)) bool {
	c := cursor{rest: b}
	for count := c.u32(); count > 0 && !c.short; count-- {
		p := property{kind: c.u16(), id: c.u16()}
		if p.id >= 0x8000 {
			c.propertyName()
		}
		if !c.propertyValue(&p) {
			return false
		}
		if !c.short {
			do(p)
		}
	}
	return !c.short
}

// propertyName steps over the name of a property that has one.
func (c *cursor) propertyName() {
	c.take(16) // whose name it is
	if isText := c.u32() == 1; isText {
		c.padded(c.u32())
		return
	}
	c.u32()
}

// propertyValue reads the first value of p and steps over the others. It is
// false for a type whose length nobody knows.
func (c *cursor) propertyValue(p *property) bool {
	many := p.kind&mapiMany != 0
	p.kind &^= mapiMany
	size, fixed := mapiSize(p.kind)
	if !fixed && size == 0 {
		return false
	}
	values := uint32(1)
	if many || !fixed {
		values = c.u32()
	}
	for n := uint32(0); n < values && !c.short; n++ {
		length := size
		if !fixed {
			length = c.u32()
		}
		if value := c.padded(length); n == 0 {
			p.value = value
		}
	}
	return true
}

// mapiSize is the number of bytes of a value. Where it is not fixed, a value
// says so itself; it is 0 for unknown types.
func mapiSize(kind uint16) (size uint32, fixed bool) {
	switch kind {
	case mapiShort, mapiBool, mapiLong, mapiFloat, mapiError:
		return 4, true
	case 0x0005, 0x0006, 0x0007, 0x0014, 0x0040: // double, currency, times, 64 bits
		return 8, true
	case mapiGUID:
		return 16, true
	case mapiString, mapiUnicode, mapiBinary, mapiObject:
		return 4, false
	}
	return 0, false
}

// text decodes a string, or bytes that are one. charset is that of strings of bytes.
func (p property) text(charset string) string {
	if p.kind == mapiUnicode {
		return decodeUTF16(p.value)
	}
	return decodeText(bytes.TrimRight(p.value, "\x00"), charset)
}

func (p property) number() uint32 {
	if len(p.value) < 4 {
		return 0
	}
	return binary.LittleEndian.Uint32(p.value)
}

func decodeUTF16(b []byte) string {
	s := decodeWith(unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), b)
	for len(s) > 0 && s[len(s)-1] == 0 {
		s = s[:len(s)-1]
	}
	return s
}

// codePage names the charset of one of Windows' numbers for them.
func codePage(n uint32) string {
	switch {
	case n >= 1250 && n <= 1258:
		return fmt.Sprintf("windows-%d", n)
	case n > 28590 && n <= 28606:
		return fmt.Sprintf("iso-8859-%d", n-28590)
	}
	return codePages[n]
}

var codePages = map[uint32]string{
	65001: "utf-8", 932: "shift_jis", 936: "gbk", 949: "euc-kr", 950: "big5", 54936: "gb18030", 20866: "koi8-r",
	21866: "koi8-u", 874: "windows-874", 50220: "iso-2022-jp", 51932: "euc-jp", 51949: "euc-kr", 10000: "macintosh",
}
