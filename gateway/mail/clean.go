package mail

import (
	"path"
	"strings"
	"unicode"
	"unicode/utf8"
)

const maxFileName = 255 // bytes, the limit of common file systems

// cleanLine makes one line of s: blanks for controls and line ends, and nothing
// of what turns the writing direction round or cannot be seen.
func cleanLine(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r), r == '\u2028', r == '\u2029':
			return ' '
		case isHidden(r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	return strings.Join(strings.Fields(s), " ")
}

// isHidden reports whether r is a mark that can make a name read as another:
// overrides, embeddings and isolates of direction, blanks of no width.
func isHidden(r rune) bool {
	switch {
	case r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069', r == '\u061c', r == '\u200e', r == '\u200f',
		r == '\u200b', r == '\u2060', r == '\ufeff', r == '\u00ad':
		return true
	}
	return false
}

// cleanText gives a body plain line feeds and takes out its control characters.
// Marks of direction stay: text in Arabic or Hebrew needs them.
func cleanText(s string) string {
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' || r == '\ufeff' {
			return -1
		}
		return r
	}, s)
}

// fileName makes a safe base name of what the sender wrote, which may be a path
// of any system. Without a name it makes one from the type.
func fileName(written, kind string) string {
	name := cleanLine(written)
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`<>:"|?*`, r) {
			return '_'
		}
		return r
	}, name)
	name = strings.Trim(name, ". ")
	if name == "" {
		return "attachment" + extensions[kind]
	}
	if len(name) <= maxFileName {
		return name
	}
	ext := path.Ext(name)
	if len(ext) > 20 {
		ext = ""
	}
	return strings.TrimRight(cut(name, maxFileName-len(ext)), ". ") + ext
}

// extensions are those of the types that often come without a name.
var extensions = map[string]string{
	"application/pdf": ".pdf", "image/jpeg": ".jpg", "image/png": ".png", "image/gif": ".gif", "text/calendar": ".ics",
	nestedMail: ".eml", "text/html": ".html", "text/plain": ".txt", "application/pgp-signature": ".asc",
	"message/delivery-status": ".txt", "text/rfc822-headers": ".txt", "text/csv": ".csv",
}

// cut returns at most n bytes of s, whole characters only.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
