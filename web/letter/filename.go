package letter

import (
	"fmt"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxName is how many bytes of a file name are kept: less than any file system's limit.
const maxName = 180

// disposition is the Content-Disposition of a file (RFC 6266), for saving
// (attachment) or for showing (inline): the name in ASCII for old browsers, and
// as it is, encoded by RFC 8187, for all others.
func disposition(kind, name string) string {
	name = SafeName(name)
	var ascii, encoded strings.Builder
	for _, r := range name {
		if r < 0x20 || r > 0x7e || strings.ContainsRune(`"\%;`, r) {
			r = '_'
		}
		ascii.WriteRune(r)
	}
	for _, b := range []byte(name) {
		if b < 0x80 && (unicode.IsLetter(rune(b)) || unicode.IsDigit(rune(b)) || strings.IndexByte("!#$&+-.^_`|~", b) >= 0) {
			encoded.WriteByte(b)
		} else {
			fmt.Fprintf(&encoded, "%%%02X", b)
		}
	}
	return kind + fmt.Sprintf(`; filename="%s"; filename*=UTF-8''%s`, ascii.String(), encoded.String())
}

// SafeName is a name that says what it seems to say and goes nowhere: no
// folders, no characters that cannot be seen or that turn the text around, and
// not hidden.
func SafeName(name string) string {
	name = strings.ToValidUTF8(name, "_")
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	name = strings.Map(func(r rune) rune {
		switch {
		case strings.ContainsRune(`:*?"<>|`, r):
			return '_'
		case !unicode.IsPrint(r):
			return -1
		}
		return r
	}, name)
	name = ShortName(strings.Trim(name, ". "))
	if name == "" {
		return "attachment"
	}
	return name
}

// ShortName cuts a name that is too long, but keeps its extension.
func ShortName(name string) string {
	if len(name) <= maxName {
		return name
	}
	ext := path.Ext(name)
	if len(ext) > 16 {
		ext = ""
	}
	cut := maxName - len(ext)
	for !utf8.RuneStart(name[cut]) {
		cut--
	}
	return name[:cut] + ext
}
