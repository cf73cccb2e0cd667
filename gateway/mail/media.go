package mail

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

const (
	defaultType = "text/plain" // RFC 2045 section 5.2
	unknownType = "application/octet-stream"
	nestedMail  = "message/rfc822"
)

// media is what a part says of itself in Content-Type and Content-Disposition.
type media struct {
	kind        string // media type in lower case
	params      map[string]string
	disposition string // in lower case, or ""
	fileName    string // as written, decoded
}

func (m media) multipart() bool { return strings.HasPrefix(m.kind, "multipart/") }

// childType is the type of the parts of m that name none.
func (m media) childType() string {
	if m.kind == "multipart/digest" {
		return nestedMail // RFC 2046 section 5.1.5
	}
	return defaultType
}

// mediaOf reads both fields of p. fallback is its type if it names none.
func (s *scanner) mediaOf(p *part, fallback string) (media, error) {
	kind, params, err := s.parameters(p.header.first("content-type"))
	if err != nil {
		return media{}, err
	}
	disposition, more, err := s.parameters(p.header.first("content-disposition"))
	if err != nil {
		return media{}, err
	}
	m := media{kind: fallback, params: params, disposition: disposition}
	for _, name := range []string{more["filename"], params["name"], more["name"]} {
		if m.fileName == "" {
			m.fileName = decodeWords(name)
		}
	}
	switch major, minor, _ := strings.Cut(kind, "/"); {
	case isToken(major) && isToken(minor):
		m.kind = kind
	case major == "text":
		m.kind = defaultType // RFC 1049, older than MIME: "Content-Type: text"
	case disposition == "attachment" || m.fileName != "":
		m.kind = unknownType
	}
	s.damaged = s.damaged || kind != "" && m.kind != kind || len(p.header.all("content-type")) > 1
	return m, nil
}

// parameters splits a field such as `text/plain; charset="utf-8"` into its value
// in lower case and its parameters. It takes more than RFC 2045 allows: blanks
// in bare values, missing quotes and semicolons too many.
func (s *scanner) parameters(value string) (string, map[string]string, error) {
	head, rest, _ := strings.Cut(value, ";")
	head, _, _ = strings.Cut(head, "(") // a comment
	params := make(map[string]string)
	var pieces []piece
	for n := 1; rest != ""; n++ {
		if n > s.limits.Params {
			return "", nil, tooComplex("parameters in a field", s.limits.Params)
		}
		var name, value string
		name, value, rest = nextParam(rest)
		switch base, tail, starred := strings.Cut(name, "*"); {
		case starred:
			pieces = append(pieces, newPiece(base, tail, value))
		case name != "" && params[name] == "":
			params[name] = value
		}
	}
	join(params, pieces)
	return strings.ToLower(strings.TrimSpace(head)), params, nil
}

// nextParam returns the first parameter of s, its name in lower case, and what
// comes after its semicolon.
func nextParam(s string) (name, value, rest string) {
	end := strings.IndexByte(s, ';')
	equals := strings.IndexByte(s, '=')
	if equals < 0 || end >= 0 && end < equals {
		_, rest, _ = strings.Cut(s, ";")
		return "", "", rest
	}
	name = strings.ToLower(strings.TrimSpace(s[:equals]))
	s = strings.TrimLeft(s[equals+1:], " \t")
	if !strings.HasPrefix(s, `"`) {
		value, rest, _ = strings.Cut(s, ";")
		return name, strings.Trim(value, " \t\""), rest
	}
	value, s = quoted(s[1:])
	_, rest, _ = strings.Cut(s, ";")
	return name, value, rest
}

// quoted returns the quoted string that s begins within, and what follows it.
func quoted(s string) (value, rest string) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return b.String(), s[i+1:]
		case s[i] == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\'):
			i++ // only these two are escaped in practice; C:\dir\file is not
		}
		b.WriteByte(s[i])
	}
	return b.String(), ""
}

// piece is one part of a parameter that was split or encoded (RFC 2231).
type piece struct {
	name    string
	order   int
	encoded bool
	value   string
}

// newPiece reads what stands behind the star: "", "0", "0*".
func newPiece(name, tail, value string) piece {
	number, encoded := strings.CutSuffix(tail, "*")
	order, err := strconv.Atoi(number)
	if err != nil {
		order = 0
	}
	return piece{name, order, encoded || tail == "", value}
}

// join puts pieces together and adds them to params, before any plain ones of
// the same name: those are for programs that do not know RFC 2231.
func join(params map[string]string, pieces []piece) {
	slices.SortStableFunc(pieces, func(a, b piece) int { return cmp.Compare(a.order, b.order) })
	charsets := make(map[string]string)
	joined := make(map[string]string)
	for _, p := range pieces {
		value := p.value
		if _, again := joined[p.name]; p.encoded && !again {
			if fields := strings.SplitN(value, "'", 3); len(fields) == 3 {
				charsets[p.name], value = fields[0], fields[2]
			}
		}
		if p.encoded {
			value = unescape(value)
		}
		joined[p.name] += value
	}
	for name, value := range joined {
		params[name] = decodeText([]byte(value), charsets[name])
	}
}

// unescape decodes %XX, and leaves alone what is no such thing.
func unescape(s string) string {
	if plain, err := url.PathUnescape(s); err == nil {
		return plain
	}
	return s
}

// isToken reports whether s is one by RFC 2045.
func isToken(s string) bool {
	for _, c := range []byte(s) {
		if c <= ' ' || c >= 0x7f || strings.IndexByte(`()<>@,;:\"/[]?=`, c) >= 0 {
			return false
		}
	}
	return s != ""
}
