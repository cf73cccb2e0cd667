package pickup_test

import (
	"bytes"
	"compress/zlib"
	"encoding/hex"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	"golang.org/x/text/unicode/norm"
)

var (
	pdfObject  = regexp.MustCompile(`(?s)(\d+) 0 obj\n(.*?)\nendobj`)
	pdfStream  = regexp.MustCompile(`(?s)stream\r?\n(.*)\nendstream`)
	pdfUnicode = regexp.MustCompile(`/ToUnicode (\d+) 0 R`)
	pdfMapping = regexp.MustCompile(`(?m)^<([0-9A-F]{4})>(?: <([0-9A-F]{4})>)? <([0-9A-F]+)>$`)
	pdfShown   = regexp.MustCompile(`/F(\d+) [\d.]+ Tf|<([0-9A-F]+)>`)
)

// pdfText is what can be read on the pages that Chromium printed, squeezed: its
// writer places glyphs one by one, and names a font after the object it is in.
func pdfText(t testing.TB, pdf []byte) string {
	t.Helper()
	objects := map[string][]byte{}
	for _, m := range pdfObject.FindAllSubmatch(pdf, -1) {
		objects[string(m[1])] = m[2]
	}
	fonts := map[string]map[uint16]string{}
	var pages []string
	for id, object := range objects {
		if m := pdfUnicode.FindSubmatch(object); m != nil {
			fonts[id] = glyphs(inflate(objects[string(m[1])]))
		} else if s := inflate(object); strings.Contains(s, " Tf\n") {
			pages = append(pages, s)
		}
	}
	var text strings.Builder
	for _, s := range pages {
		var font map[uint16]string
		for _, m := range pdfShown.FindAllStringSubmatch(s, -1) {
			switch {
			case m[1] != "":
				font = fonts[m[1]]
			case m[2] != "":
				for codes := m[2]; len(codes) >= 4; codes = codes[4:] {
					text.WriteString(font[number16(codes[:4])])
				}
			}
		}
	}
	return squeezed(text.String())
}

// squeezed is a text without spaces and ligatures.
func squeezed(text string) string {
	return strings.Join(strings.Fields(norm.NFKC.String(text)), "")
}

// inflate unpacks an object's stream; empty: it has none, or not of text.
func inflate(object []byte) string {
	m := pdfStream.FindSubmatch(object)
	if m == nil {
		return ""
	}
	r, err := zlib.NewReader(bytes.NewReader(m[1]))
	if err != nil {
		return string(m[1])
	}
	b, _ := io.ReadAll(r)
	return string(b)
}

// glyphs reads which character a glyph is from a font's ToUnicode map.
func glyphs(cmap string) map[uint16]string {
	out := map[uint16]string{}
	for _, m := range pdfMapping.FindAllStringSubmatch(cmap, -1) {
		first, last := number16(m[1]), number16(m[1])
		if m[2] != "" {
			last = number16(m[2])
		}
		b, _ := hex.DecodeString(m[3])
		var units []uint16
		for i := 0; i+1 < len(b); i += 2 {
			units = append(units, uint16(b[i])<<8|uint16(b[i+1]))
		}
		for g := first; g <= last && len(units) > 0; g++ {
			out[g] = string(utf16.Decode(units))
			units[len(units)-1]++
		}
	}
	return out
}

func number16(s string) uint16 {
	n, _ := strconv.ParseUint(s, 16, 16)
	return uint16(n)
}
